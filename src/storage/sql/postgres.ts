import {
  DummyDriver,
  type Expression,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type SqlBool,
  sql,
} from 'kysely'
import type { SqlDialect } from './dialect.js'
import { touchMany } from './postgres-touch.js'
import type { Tables } from './tables.js'
import { rowsOf, type Work } from './work.js'

/** PostgreSQL 11 or later, in transactions of the level "read committed". */
export const postgres: SqlDialect = {
  name: 'postgres',
  compiler: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
  types: { userId: 'text collate "C"', id: 'uuid', keyHash: 'bytea', bytes: 'bytea', text: 'text', whole: 'bigint' },
  // Room on each page for the new version of a touched row, so that no index needs to learn of it. 90 is not enough.
  tableOptions: 'with (fillfactor = 80)',
  schemas: {
    exists: (schema) => sql`select 1 as found where to_regnamespace(${schema}) is not null`,
    make: (schema) => sql`create schema if not exists ${sql.id(schema)}`,
  },
  greatest: 'greatest',
  touchChunk: 1000,
  transactionLocks: false,
  locksInOrder: false,
  updatesReturn: true,
  deletesInOrder: false,
  upserts: 'conflict',
  lockUser,
  lockSchema: (table) => sql`select pg_advisory_xact_lock(hashtextextended(${`usersessions ${table}`}, 0))`,
  toId: (id) => id,
  idBytes: (id) => sql`uuid_send(${id})`,
  touch: touchMany,
  idIn: (id: Expression<unknown>, ids: readonly string[]) => sql<SqlBool>`${id} = any(${ids}::uuid[])`,
  // Not `in`: by its statistics a user has few sessions, and it would look for them all again for each of them.
  among: (value, rows) => sql<SqlBool>`${value} = any(array(${rows}))`,
  tableExists: (table) => sql`select 1 as found where to_regclass(${table}) is not null`,
}

/** A row, not an advisory lock: that one has no place in a database that is sharded by user. */
function* lockUser(db: Kysely<Tables>, userId: string): Work<boolean> {
  const [user] = yield* rowsOf(
    db
      .insertInto('user_session_users')
      // A change at time 0 is news to nobody.
      .values({ user_id: userId, changed_at: 0, disabled: 0, erased_at: null })
      // Whoever has sessions again is not to be forgotten with the erased ones.
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ erased_at: null }))
      .returning('disabled'),
  )
  return Number(user?.disabled) === 1
}
