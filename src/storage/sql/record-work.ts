import type { Clock, SessionRecord } from '../../session.js'
import type { Cap, NewRecord, Recorded } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { lockedFirst } from './locked-first.js'
import { findRecord } from './reads.js'
import { toEnded, toRecord, toRow } from './rows.js'
import { orLeave } from './upsert.js'
import { bumpUser } from './users.js'
import { affectedBy, rowsOf, type Work } from './work.js'

// MySQL knows no offset without a limit.
const ALL_ROWS = 2 ** 31 - 1

/** {@link Storage.record} as statements: two without a cap, and two or three more to end what is too many. */
export function* recordWork(context: SqlContext, fresh: NewRecord, cap: Cap | undefined, clock: Clock): Work<Recorded> {
  const { db, dialect } = context
  if (yield* dialect.lockUser(db, fresh.userId)) return { outcome: 'blocked' }
  const record: SessionRecord = { ...fresh, endedAt: null, endReason: null, endedBy: null, knownClients: null }
  const insert = db.insertInto('user_sessions').values(toRow(dialect, record))
  const inserted = yield* affectedBy(orLeave(dialect, insert, ['user_id', 'key_hash']))
  if (inserted === 0) {
    const existing = yield* findRecord(context, fresh.userId, fresh.keyHash)
    if (!existing) throw new Error('The record was neither inserted nor found.')
    return { outcome: 'exists', record: existing }
  }
  return { outcome: 'recorded', record, evicted: cap ? yield* evict(context, record, cap, clock) : [] }
}

function* evict(context: SqlContext, record: SessionRecord, cap: Cap, clock: Clock): Work<SessionRecord[]> {
  const evicted = context.dialect.updatesReturn
    ? yield* endReturning(context, record, cap)
    : yield* endRead(context, record, cap)
  if (evicted.length === 0) return []
  yield* bumpUser(context, record.userId, clock, { unsettledAt: cap.unsettled ? cap.ending.at : undefined })
  return evicted
}

function* endReturning(context: SqlContext, { userId, id }: SessionRecord, cap: Cap): Work<SessionRecord[]> {
  const among = excess(context, userId, id, cap.max).select('id')
  const chosen = lockedFirst(context, userId, (eb) => context.dialect.among(eb.ref('id'), among))
  return (yield* rowsOf(endLive(context, userId, cap).where(chosen).returningAll())).map(toRecord)
}

function* endRead(context: SqlContext, { userId, id }: SessionRecord, cap: Cap): Work<SessionRecord[]> {
  const rows = yield* rowsOf(excess(context, userId, id, cap.max).selectAll())
  if (rows.length === 0) return []
  const evicted = rows.map((row) => toEnded(row, cap.ending))
  const ids = evicted.map((each) => each.id)
  const chosen = lockedFirst(context, userId, (eb) => context.dialect.idIn(eb.ref('id'), ids))
  yield* affectedBy(endLive(context, userId, cap).where(chosen))
  return evicted
}

/** The live ones but `except` that are too many: all but the newest. */
function excess({ db, dialect }: SqlContext, userId: string, except: string, max: number) {
  return db
    .selectFrom('user_sessions')
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('id', '!=', dialect.toId(except))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(ALL_ROWS)
    .offset(max - 1)
}

function endLive({ db }: SqlContext, userId: string, { ending: { at, reason, by } }: Cap) {
  return db
    .updateTable('user_sessions')
    .set({ ended_at: at, end_reason: reason, ended_by: by })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
}
