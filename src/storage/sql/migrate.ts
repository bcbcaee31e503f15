import type { SqlContext } from './dialect.js'
import { COMPATIBLE_KEY, compatibleSince, MIGRATIONS, type Migration, metaTable, noteVersion } from './migrations.js'
import { tableName } from './prefix-plugin.js'
import type { Runner } from './runner.js'
import { schemaVersion } from './schema-version.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/** What {@link migrate} did: nothing when both are the same. */
export interface Migrated {
  readonly from: number
  readonly to: number
}

/**
 * Brings the tables to this version, in one transaction that keeps other writers of the schema out: of several processes that start at
 * once, one does the work and the others find it done. Tables of a later version are left as they are.
 *
 * @param migrations the steps, oldest first; others than ours for tests
 */
export function migrate(
  runner: Runner,
  context: SqlContext,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Migrated> {
  const work = () => migrateWork(context, migrations)
  return runner.migration?.(lockName(context), work) ?? runner.transaction(work)
}

/** At most 64 characters: https://dev.mysql.com/doc/refman/8.0/en/locking-functions.html */
function lockName({ tablePrefix }: SqlContext): string {
  return `usersessions ${tablePrefix}`
}

function* migrateWork(context: SqlContext, migrations: readonly Migration[]): Work<Migrated> {
  const to = Math.max(...migrations.map(({ version }) => version))
  const lock = context.dialect.lockSchema?.(tableName(context, 'user_session_meta'))
  if (lock) yield* rowsOf({ compile: () => lock.compile(context.db) })
  const from = yield* schemaVersion(context)
  if (from >= to) return { from, to: from }
  yield* makeSchema(context)
  yield* affectedBy(metaTable(context))
  for (const migration of migrations) {
    if (migration.version <= from) continue
    for (const statement of migration.statements(context)) yield* affectedBy(statement)
  }
  yield* affectedBy(noteVersion(context, to))
  yield* affectedBy(noteVersion(context, compatibleSince(migrations), COMPATIBLE_KEY))
  return { from, to }
}

/** Only where it is missing: to make one takes a right on the whole database, even if it exists. */
function* makeSchema({ db, dialect, schema }: SqlContext): Work<void> {
  const { schemas } = dialect
  if (schema === undefined || !schemas) return
  const exists = yield* rowsOf({ compile: () => schemas.exists(schema).compile(db) })
  if (exists.length === 0) yield* affectedBy({ compile: () => schemas.make(schema).compile(db) })
}
