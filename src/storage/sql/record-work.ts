import type { Clock, SessionRecord } from '../../session.js'
import type { Cap, NewRecord, Recorded } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { lockedFirst } from './locked-first.js'
import { findRecord } from './reads.js'
import { toRecord, toRow } from './rows.js'
import { orLeave } from './upsert.js'
import { bumpUser } from './users.js'
import { affectedBy, rowsOf, type Work } from './work.js'

// MySQL knows no offset without a limit.
const ALL_ROWS = 2 ** 31 - 1

/** {@link Storage.record} as statements: three without a cap, five with one, however many sessions there are. */
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

function* evict(context: SqlContext, { userId, id }: SessionRecord, cap: Cap, clock: Clock): Work<SessionRecord[]> {
  const { db, dialect } = context
  const rows = yield* rowsOf(
    db
      .selectFrom('user_sessions')
      .selectAll()
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .where('id', '!=', dialect.toId(id))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(ALL_ROWS)
      .offset(cap.max - 1),
  )
  if (rows.length === 0) return []
  const { at, reason, by } = cap.ending
  const evicted = rows.map((row) => ({ ...toRecord(row), endedAt: at, endReason: reason, endedBy: by }))
  yield* affectedBy(
    db
      .updateTable('user_sessions')
      .set({ ended_at: at, end_reason: reason, ended_by: by })
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .where(
        lockedFirst(context, userId, (eb) =>
          dialect.idIn(
            eb.ref('id'),
            evicted.map((record) => record.id),
          ),
        ),
      ),
  )
  yield* bumpUser(context, userId, clock, { unsettledAt: cap.unsettled ? at : undefined })
  return evicted
}
