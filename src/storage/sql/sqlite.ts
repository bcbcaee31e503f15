import {
  DummyDriver,
  type Expression,
  type Kysely,
  type SqlBool,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import { purgeAfter } from '../purge-after.js'
import { idToBytes, isRecordId } from '../record-id.js'
import type { Touch } from '../storage.js'
import type { SqlDialect } from './dialect.js'
import { readBlocked } from './read-blocked.js'
import type { Tables } from './tables.js'
import type { Work } from './work.js'

/** SQLite 3.38 or later. `begin immediate` is the lock: there is one writer at a time. */
export const sqlite: SqlDialect = {
  name: 'sqlite',
  compiler: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
  types: { userId: 'text', id: 'blob', keyHash: 'blob', bytes: 'blob', text: 'text', whole: 'integer' },
  tableOptions: 'strict',
  greatest: 'max',
  // A thousand rows at once would hold up the event loop for some 40 ms.
  touchChunk: 32,
  transactionLocks: true,
  locksInOrder: true,
  updatesReturn: true,
  deletesInOrder: false,
  rowName: 'rowid',
  upserts: 'conflict',
  lockUser: readBlocked,
  toId: idToBytes,
  idBytes: (id) => sql`${id}`,
  touch,
  idIn: (id: Expression<unknown>, ids: readonly string[]) => {
    const hex = JSON.stringify(ids.map((each) => each.replaceAll('-', '')))
    return sql<SqlBool>`lower(hex(${id})) in (select value from json_each(${hex}))`
  },
  among: (value, rows) => sql<SqlBool>`${value} in (${rows})`,
  tableExists: (table) => sql`select 1 as found from sqlite_master where type = 'table' and name = ${table}`,
}

function* touch(db: Kysely<Tables>, chunk: readonly Touch[]): Work<Touch[]> {
  const query = db
    .updateTable('user_sessions')
    .set({
      last_seen_at: sql<number>`max(last_seen_at, ${0})`,
      expires_at: sql<number>`max(expires_at, ${0})`,
      purge_after: sql<number>`max(purge_after, ${0})`,
    })
    .where('user_id', '=', '')
    .where('id', '=', Buffer.alloc(0))
    .where('ended_at', 'is', null)
    .compile()
  const untouched: Touch[] = []
  for (const each of chunk) {
    // Compiled once: the parameters stand in the order of the placeholders above.
    const { userId, id, lastSeenAt, expiresAt } = each
    const parameters = [lastSeenAt, expiresAt, purgeAfter(expiresAt), userId, isRecordId(id) ? idToBytes(id) : null]
    const { affected } = yield { query: { ...query, parameters }, returnsRows: false }
    if (affected === 0) untouched.push(each)
  }
  return untouched
}
