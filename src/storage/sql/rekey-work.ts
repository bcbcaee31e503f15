import { sql } from 'kysely'
import type { Clock } from '../../session.js'
import { isRecordId } from '../record-id.js'
import type { RekeyTo } from '../storage.js'
import { tombstoneOf } from '../tombstone-of.js'
import type { SqlContext } from './dialect.js'
import { findRecord } from './reads.js'
import { toRecord, toRow } from './rows.js'
import { settledWork } from './unsettled-work.js'
import { bumpUser, holdUser } from './users.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/** {@link Storage.rekey} as statements. */
export function* rekeyWork(
  context: SqlContext,
  userId: string,
  id: string,
  endingId: string,
  next: RekeyTo,
  clock: Clock,
): Work<boolean> {
  if (!isRecordId(id) || !isRecordId(endingId)) return false
  const { db, dialect } = context
  yield* holdUser(context, userId)
  const pending = db
    .selectFrom('user_sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('id', '=', dialect.toId(id))
  const [row] = yield* rowsOf(pending.where('end_id', '=', dialect.toId(endingId)).where('end_reason', '=', 'user'))
  if (!row || (yield* findRecord(context, userId, next.keyHash))) return false
  yield* affectedBy(
    db
      .updateTable('user_sessions')
      .set({
        key_hash: next.keyHash,
        sealed_key: next.sealedKey,
        last_seen_at: sql<number>`${sql.raw(dialect.greatest)}(last_seen_at, ${next.at})`,
        ended_at: null,
        end_reason: null,
        ended_by: null,
        end_id: null,
      })
      .where('user_id', '=', userId)
      .where('id', '=', dialect.toId(id)),
  )
  yield* affectedBy(db.insertInto('user_sessions').values(toRow(dialect, tombstoneOf(toRecord(row), next))))
  yield* bumpUser(context, userId, clock)
  if (next.unsettled) yield* settledWork(context, userId, { endedAt: Number(row.ended_at) })
  return true
}
