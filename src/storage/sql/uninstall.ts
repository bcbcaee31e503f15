import { UserSessionsError } from '../../errors.js'
import type { SqlContext } from './dialect.js'
import { SCHEMA_VERSION } from './migrations.js'
import { type TABLE_NAMES, tableName } from './prefix-plugin.js'
import type { Runner } from './runner.js'
import { schemaVersion } from './schema-version.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/**
 * Drops the tables, if they are ours and nothing else hangs on them. Meta goes last: where a transaction does not cover it, a
 * second run finds what is left.
 *
 * @returns the names of the tables
 * @throws UserSessionsError `storage_schema_missing` or `storage_schema_new`, and nothing was dropped
 */
export async function uninstall(
  runner: Runner,
  context: SqlContext,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<readonly string[]> {
  const version = await runner.run(() => schemaVersion(context))
  if (version === 0) throw notOurs(tableName(context, 'user_session_meta'))
  if (version > SCHEMA_VERSION) {
    throw new UserSessionsError(
      'storage_schema_new',
      `The tables are of version ${version}, and there may be more of them than this package knows. Uninstall with the version of usersessions that made them.`,
    )
  }
  for (const { name, columns } of OURS) await checkColumns(runner, context, name, columns)
  if (!dryRun) await runner.transaction(() => dropWork(context))
  return OURS.map(({ name }) => tableName(context, name))
}

type Name = (typeof TABLE_NAMES)[number]

/** Columns that a table of ours has had since the first version. */
const OURS: readonly { readonly name: Name; readonly columns: readonly string[] }[] = [
  { name: 'user_sessions', columns: ['user_id', 'id', 'key_hash', 'sealed_key', 'purge_after', 'end_id'] },
  { name: 'user_session_users', columns: ['user_id', 'changed_at', 'disabled', 'erased_at'] },
  { name: 'user_session_meta', columns: ['key', 'value'] },
]

async function checkColumns(runner: Runner, context: SqlContext, name: Name, columns: readonly string[]) {
  if (!(await runner.run(() => exists(context, name)))) return
  const { dynamic } = context.db
  const query = context.db.selectFrom(name).select(columns.map((column) => dynamic.ref<never>(`${name}.${column}`)))
  try {
    await runner.run(() => rowsOf(query.limit(0)))
  } catch (error) {
    throw error instanceof UserSessionsError ? error : notOurs(tableName(context, name), error)
  }
}

function* exists({ db, dialect, ...names }: SqlContext, name: Name): Work<boolean> {
  return (yield* rowsOf({ compile: () => dialect.tableExists(tableName(names, name)).compile(db) })).length > 0
}

function* dropWork(context: SqlContext): Work<void> {
  const { db, dialect } = context
  const lock = dialect.lockSchema?.(tableName(context, 'user_session_meta'))
  if (lock) yield* rowsOf({ compile: () => lock.compile(db) })
  for (const { name } of OURS) yield* affectedBy(db.schema.dropTable(name).ifExists())
}

function notOurs(table: string, cause?: unknown): UserSessionsError {
  return new UserSessionsError(
    'storage_schema_missing',
    `${table} is no table of ours: nothing was dropped. Are tablePrefix and schema right?`,
    { cause },
  )
}
