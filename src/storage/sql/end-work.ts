import { sql } from 'kysely'
import type { Clock, SessionRecord } from '../../session.js'
import { isRecordId } from '../record-id.js'
import type { EndHow, Which } from '../storage.js'
import type { SqlContext, SqlDialect } from './dialect.js'
import { lockedFirst, type SessionsBuilder } from './locked-first.js'
import { readId, toRecord } from './rows.js'
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
  yield* holdUser(context, userId)
  const rows = yield* rowsOf(endRows(context, userId, which, how))
  const ended = rows.filter(({ end_id }) => end_id !== null && readId(end_id) === how.endingId).map(toRecord)
  if (ended.length === 0) return []
  if (how.release) yield* affectedBy(releaseKeys(context, userId, how.endingId))
  yield* bumpUser(context, userId, clock, { unsettledAt: how.unsettled ? how.at : undefined })
  return ended
}

/** Ends the live ones, and takes from the others the right to be re-keyed; every assignment reads the old `ended_at`. */
function endRows(context: SqlContext, userId: string, which: Which, how: EndHow) {
  const { db, dialect } = context
  const wasLive = sql`ended_at is null`
  // A parameter of no type would be text.
  const endId = sql`cast(${dialect.toId(how.endingId)} as ${sql.raw(dialect.types.id)})`
  return db
    .updateTable('user_sessions')
    .set({
      end_id: sql`case when ${wasLive} then ${endId} end`,
      end_reason: sql`case when ${wasLive} then ${how.reason} else end_reason end`,
      ended_by: sql`case when ${wasLive} then ${how.by} else ended_by end`,
      // The last one: MySQL would let the ones after it see the new value.
      ended_at: sql`coalesce(ended_at, ${how.at})`,
    })
    .where('user_id', '=', userId)
    .where(
      lockedFirst(context, userId, (eb) =>
        eb.and([
          how.sparesRekeys
            ? eb('ended_at', 'is', null)
            : eb.or([eb('ended_at', 'is', null), eb('end_id', 'is not', null)]),
          ...isAmong(eb, dialect, which),
        ]),
      ),
    )
    .returningAll()
}

function isAmong(eb: SessionsBuilder, dialect: SqlDialect, which: Which) {
  if (which === 'all') return []
  if ('ids' in which) {
    const among = [dialect.idIn(eb.ref('id'), which.ids.filter(isRecordId))]
    return which.underKeys ? [...among, eb('key_hash', 'in', which.underKeys)] : among
  }
  return [eb.not(dialect.idIn(eb.ref('id'), which.except.filter(isRecordId)))]
}

/** A record's id takes the place of its key's hash: as unique, and too short to be a hash. */
function releaseKeys({ db, dialect }: SqlContext, userId: string, endingId: string) {
  return db
    .updateTable('user_sessions')
    .set({ key_hash: dialect.idBytes(sql.ref('id')), sealed_key: null })
    .where('user_id', '=', userId)
    .where('end_id', '=', dialect.toId(endingId))
}
