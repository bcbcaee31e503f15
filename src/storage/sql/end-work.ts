import { sql } from 'kysely'
import type { Clock, SessionRecord } from '../../session.js'
import { isRecordId } from '../record-id.js'
import type { EndHow, Which } from '../storage.js'
import type { SqlContext, SqlDialect } from './dialect.js'
import { lockedFirst, type SessionsBuilder } from './locked-first.js'
import { readId, toEnded, toRecord } from './rows.js'
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
  const ended = context.dialect.updatesReturn
    ? yield* endReturning(context, userId, which, how)
    : yield* endRead(context, userId, which, how)
  if (ended.length === 0) return []
  if (how.release) yield* affectedBy(releaseKeys(context, userId, how.endingId))
  yield* bumpUser(context, userId, clock, { unsettledAt: how.unsettled ? how.at : undefined })
  return ended
}

function* endReturning(context: SqlContext, userId: string, which: Which, how: EndHow): Work<SessionRecord[]> {
  yield* holdUser(context, userId)
  const chosen = lockedFirst(context, userId, (eb) => isChosen(eb, context.dialect, which, how))
  const rows = yield* rowsOf(endRows(context, userId, how).where(chosen).returningAll())
  return rows.filter(({ end_id }) => end_id !== null && readId(end_id) === how.endingId).map(toRecord)
}

/** Reads them first, and holds the user as one with that: the user's row comes first in the order of locks. */
function* endRead(context: SqlContext, userId: string, which: Which, how: EndHow): Work<SessionRecord[]> {
  const { db, dialect } = context
  const rows = yield* rowsOf(
    db
      .selectFrom('user_session_users')
      .innerJoin('user_sessions', 'user_sessions.user_id', 'user_session_users.user_id')
      .selectAll('user_sessions')
      .where('user_session_users.user_id', '=', userId)
      .where((eb) => isChosen(eb, dialect, which, how))
      .orderBy('user_sessions.id')
      .forUpdate(),
  )
  if (rows.length === 0) return []
  yield* affectedBy(endRows(context, userId, how).where((eb) => isChosen(eb, dialect, which, how)))
  return rows.filter(({ ended_at }) => ended_at === null).map((row) => toEnded(row, how))
}

/** Ends the live ones, and takes from the others the right to be re-keyed; every assignment reads the old `ended_at`. */
function endRows({ db, dialect }: SqlContext, userId: string, how: EndHow) {
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
}

function isChosen(eb: SessionsBuilder, dialect: SqlDialect, which: Which, how: EndHow) {
  const isLive = eb('ended_at', 'is', null)
  const isOpen = how.sparesRekeys ? isLive : eb.or([isLive, eb('end_id', 'is not', null)])
  return eb.and([isOpen, ...isAmong(eb, dialect, which)])
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
