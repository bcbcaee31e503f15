import { sql } from 'kysely'
import type { SessionRecord } from '../../session.js'
import { isRecordId } from '../record-id.js'
import type { SearchQuery } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { toRecord } from './rows.js'
import { rowsOf, type Work } from './work.js'

/** {@link Storage.find} as a statement. */
export function* findRecord({ db }: SqlContext, userId: string, keyHash: Uint8Array): Work<SessionRecord | undefined> {
  const query = db.selectFrom('user_sessions').selectAll()
  const [row] = yield* rowsOf(query.where('user_id', '=', userId).where('key_hash', '=', keyHash))
  return row && toRecord(row)
}

/** {@link Storage.get} as a statement. */
export function* getRecord({ db, dialect }: SqlContext, userId: string, id: string): Work<SessionRecord | undefined> {
  if (!isRecordId(id)) return undefined
  const query = db.selectFrom('user_sessions').selectAll()
  const [row] = yield* rowsOf(query.where('user_id', '=', userId).where('id', '=', dialect.toId(id)))
  return row && toRecord(row)
}

/** {@link Storage.list} as a statement. */
export function* listRecords(
  { db }: SqlContext,
  userId: string,
  { limit, endedSince }: { readonly limit?: number; readonly endedSince?: number } = {},
): Work<SessionRecord[]> {
  const all = db.selectFrom('user_sessions').selectAll().where('user_id', '=', userId)
  const chosen =
    endedSince === undefined
      ? all.where('ended_at', 'is', null).orderBy('created_at', 'desc')
      : all.where('ended_at', '>=', endedSince).orderBy('ended_at', 'desc')
  const sorted = chosen.orderBy('id', 'desc')
  return (yield* rowsOf(limit === undefined ? sorted : sorted.limit(limit))).map(toRecord)
}

/** {@link Storage.walk} as a statement: a range of the primary key. MySQL sees that by the first condition, the others by both. */
export function* walkRecords(
  { db, dialect }: SqlContext,
  limit: number,
  after?: Pick<SessionRecord, 'userId' | 'id'>,
): Work<SessionRecord[]> {
  const live = db.selectFrom('user_sessions').selectAll().where('ended_at', 'is', null)
  const query = live.orderBy('user_id').orderBy('id').limit(limit)
  if (!after) return (yield* rowsOf(query)).map(toRecord)
  const beyond = sql<boolean>`(user_id, id) > (${after.userId}, ${dialect.toId(after.id)})`
  return (yield* rowsOf(query.where('user_id', '>=', after.userId).where(beyond))).map(toRecord)
}

/** {@link Storage.search} as a statement. It reads the whole table: administrators search seldom. */
export function* searchRecords(
  { db, dialect }: SqlContext,
  { text, limit, after }: SearchQuery,
): Work<SessionRecord[]> {
  if (after !== undefined && !isRecordId(after)) return []
  let query = db.selectFrom('user_sessions').selectAll().orderBy('id', 'desc').limit(limit)
  if (text) {
    if (/[\0\p{Surrogate}]/u.test(text)) return []
    // Not LIKE: nothing to escape, and the same case rule everywhere.
    const ipBegins = sql<boolean>`substr(ip, 1, ${[...text].length}) = ${text}`
    query = query.where((eb) => eb.or([eb('user_id', '=', text), ipBegins]))
  }
  if (after !== undefined) query = query.where('id', '<', dialect.toId(after))
  return (yield* rowsOf(query)).map(toRecord)
}
