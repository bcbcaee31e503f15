import type { SqlContext } from './dialect.js'
import { MIGRATIONS, metaTable, noteVersion, SCHEMA_VERSION } from './migrations.js'
import { withPrefix } from './prefix-plugin.js'
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
 */
export function migrate(runner: Runner, context: SqlContext): Promise<Migrated> {
  const work = () => migrateWork(context)
  return runner.migration?.(lockName(context), work) ?? runner.transaction(work)
}

/** At most 64 characters: https://dev.mysql.com/doc/refman/8.0/en/locking-functions.html */
function lockName({ tablePrefix }: SqlContext): string {
  return `usersessions ${tablePrefix}`
}

function* migrateWork(context: SqlContext): Work<Migrated> {
  const lock = context.dialect.lockSchema?.(withPrefix('user_session_meta', context.tablePrefix))
  if (lock) yield* rowsOf({ compile: () => lock.compile(context.db) })
  const from = yield* schemaVersion(context)
  if (from >= SCHEMA_VERSION) return { from, to: from }
  yield* affectedBy(metaTable(context))
  for (const migration of MIGRATIONS) {
    if (migration.version <= from) continue
    for (const statement of migration.statements(context)) yield* affectedBy(statement)
  }
  yield* affectedBy(noteVersion(context, SCHEMA_VERSION))
  return { from, to: SCHEMA_VERSION }
}
