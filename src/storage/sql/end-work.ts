import { sql } from 'kysely'
import type { Clock, SessionRecord } from '../../session.js'
import { idToBytes, isRecordId } from '../record-id.js'
import type { EndHow, Which } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { toBytes, toRecord } from './rows.js'
import { bumpUser, holdUser } from './users.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/** {@link Storage.end} as statements: two, and one more with `release`. */
export function* endWork(
  context: SqlContext,
  userId: string,
  which: Which,
  how: EndHow,
  clock: Clock,
): Work<SessionRecord[]> {
  const endId = idToBytes(how.endingId)
  yield* holdUser(context, userId)
  const rows = yield* rowsOf(endRows(context, userId, which, how))
  const ended = rows.filter(({ end_id }) => end_id !== null && endId.equals(toBytes(end_id))).map(toRecord)
  if (ended.length === 0) return []
  if (how.release) yield* affectedBy(releaseKeys(context, userId, endId))
  yield* bumpUser(context, userId, clock)
  return ended
}

/** Ends the live ones, and takes from the others the right to be re-keyed; every assignment reads the old `ended_at`. */
function endRows({ db, dialect }: SqlContext, userId: string, which: Which, how: EndHow) {
  const wasLive = sql`ended_at is null`
  const query = db
    .updateTable('user_sessions')
    .set({
      end_id: sql`case when ${wasLive} then ${idToBytes(how.endingId)} end`,
      end_reason: sql`case when ${wasLive} then ${how.reason} else end_reason end`,
      ended_by: sql`case when ${wasLive} then ${how.by} else ended_by end`,
      // The last one: MySQL would let the ones after it see the new value.
      ended_at: sql`coalesce(ended_at, ${how.at})`,
    })
    .where('user_id', '=', userId)
    .where((eb) => eb.or([eb('ended_at', 'is', null), eb('end_id', 'is not', null)]))
    .returningAll()
  if (which === 'all') return query
  if ('ids' in which) return query.where((eb) => dialect.idIn(eb.ref('id'), which.ids.filter(isRecordId)))
  return query.where((eb) => eb.not(dialect.idIn(eb.ref('id'), which.except.filter(isRecordId))))
}

/** A record's id takes the place of its key's hash: as unique, and too short to be a hash. */
function releaseKeys({ db }: SqlContext, userId: string, endId: Uint8Array) {
  return db
    .updateTable('user_sessions')
    .set({ key_hash: sql<Uint8Array>`id`, sealed_key: null })
    .where('user_id', '=', userId)
    .where('end_id', '=', endId)
}
