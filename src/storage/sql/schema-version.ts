import { UserSessionsError } from '../../errors.js'
import type { SqlContext } from './dialect.js'
import { COMPATIBLE_KEY, SCHEMA_VERSION, VERSION_KEY } from './migrations.js'
import { tableName } from './prefix-plugin.js'
import type { Runner } from './runner.js'
import { rowsOf, type Work } from './work.js'

const REMEDY = 'Run `npx usersessions migrate`, or set `migrate: true` to have it done at start-up.'

/** The version of the tables in the database; 0 when there are none. */
export function* schemaVersion(context: SqlContext): Work<number> {
  const { db, dialect } = context
  const table = tableName(context, 'user_session_meta')
  const exists = yield* rowsOf({ compile: () => dialect.tableExists(table).compile(db) })
  if (exists.length === 0) return 0
  return Number((yield* readMeta(context, VERSION_KEY)) ?? 0)
}

/**
 * Checks that this code can work with the tables: those of its version, or later ones that only add to them. So the tables can be
 * migrated first, and processes replaced one by one.
 *
 * @throws UserSessionsError `storage_schema_missing`, `storage_schema_old` or `storage_schema_new`
 */
export async function checkSchema(runner: Runner, context: SqlContext): Promise<void> {
  const version = await runner.run(() => schemaVersion(context))
  if (version === SCHEMA_VERSION) return
  const tables = `The tables ${tableName(context, 'user_session')}*`
  if (version === 0) throw new UserSessionsError('storage_schema_missing', `${tables} are not there yet. ${REMEDY}`)
  const versions = `are of version ${version}, this package needs ${SCHEMA_VERSION}`
  if (version < SCHEMA_VERSION) throw new UserSessionsError('storage_schema_old', `${tables} ${versions}. ${REMEDY}`)
  const since = Number((await runner.run(() => readMeta(context, COMPATIBLE_KEY))) ?? version)
  if (since <= SCHEMA_VERSION) return
  const upgrade =
    'A later version of usersessions has migrated them (`npx usersessions migrate`, `migrate: true`), and earlier ones cannot go on with them: install that one.'
  throw new UserSessionsError('storage_schema_new', `${tables} ${versions}. ${upgrade}`)
}

function* readMeta({ db }: SqlContext, key: string): Work<string | undefined> {
  const [row] = yield* rowsOf(db.selectFrom('user_session_meta').select('value').where('key', '=', key))
  return row?.value
}
