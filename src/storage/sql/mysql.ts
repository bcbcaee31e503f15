import {
  DummyDriver,
  type Expression,
  type Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type SqlBool,
  sql,
} from 'kysely'
import { idToBytes } from '../record-id.js'
import type { SqlDialect } from './dialect.js'
import { touchMany } from './mysql-touch.js'
import type { Tables } from './tables.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/** MySQL 8.0.4 or later and MariaDB 10.6 or later, in transactions of the level "read committed". */
export const mysql: SqlDialect = {
  name: 'mysql',
  compiler: {
    createAdapter: () => new MysqlAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new MysqlIntrospector(db),
    createQueryCompiler: () => new MysqlQueryCompiler(),
  },
  types: {
    // Not varchar: its collations take `Alice`, `álice` and `alice ` for `alice`.
    userId: 'varbinary(255)',
    id: 'binary(16)',
    // Not binary: that fills up what is shorter than a hash.
    keyHash: 'varbinary(32)',
    bytes: 'mediumblob',
    text: 'mediumtext character set utf8mb4 collate utf8mb4_bin',
    whole: 'bigint',
  },
  tableOptions: 'engine = InnoDB',
  greatest: 'greatest',
  touchChunk: 1000,
  transactionLocks: false,
  locksInOrder: true,
  updatesReturn: false,
  deletesInOrder: true,
  upserts: 'duplicate key',
  lockUser,
  toId: idToBytes,
  idBytes: (id) => sql`${id}`,
  touch: touchMany,
  // One by one: within an update, a subquery would be run again for each row.
  idIn: (id: Expression<unknown>, ids: readonly string[]) =>
    ids.length === 0 ? sql<SqlBool>`false` : sql<SqlBool>`${id} in (${sql.join(ids.map(idToBytes))})`,
  among: (value, rows) => sql<SqlBool>`${value} in (${rows})`,
  tableExists: (table) =>
    sql`select 1 as found from information_schema.tables where table_schema = database() and table_name = ${table}`,
}

/** Reads first: to insert with each sign-in would be a statement more for all but the first one. */
function* lockUser(db: Kysely<Tables>, userId: string): Work<boolean> {
  const users = db.selectFrom('user_session_users').select(['disabled', 'erased_at'])
  const held = users.where('user_id', '=', userId).forUpdate()
  let [user] = yield* rowsOf(held)
  if (!user) {
    // A change at time 0 is news to nobody.
    const row = { user_id: userId, changed_at: 0, disabled: 0, erased_at: null }
    const inserted = yield* affectedBy(db.insertInto('user_session_users').ignore().values(row))
    if (inserted === 1) return false
    ;[user] = yield* rowsOf(held)
  }
  // Whoever has sessions again is not to be forgotten with the erased ones.
  if (user?.erased_at != null) {
    yield* affectedBy(db.updateTable('user_session_users').set({ erased_at: null }).where('user_id', '=', userId))
  }
  return Number(user?.disabled) === 1
}
