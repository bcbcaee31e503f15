import type { Clock } from '../../session.js'
import type { SqlContext } from './dialect.js'
import { lockedFirst } from './locked-first.js'
import { moveMarks } from './unsettled-work.js'
import { bumpUser } from './users.js'
import { affectedBy, type Work } from './work.js'

/** {@link Storage.moveUser} as statements. Both users are held in the order of their ids, as any other two writers would. */
export function* moveUserWork(context: SqlContext, from: string, to: string, clock: Clock): Work<number> {
  const { db, dialect } = context
  // Made where it is not there: a sign-in of the new id must wait, too.
  if (!dialect.transactionLocks) for (const userId of [from, to].sort()) yield* dialect.lockUser(db, userId)
  // A table of its own, and `distinct` keeps it one: MySQL reads no table that the same statement writes.
  const theirs = db.selectFrom('user_sessions').select('key_hash').distinct().where('user_id', '=', to)
  const taken = db.selectFrom(theirs.as('taken')).select('taken.key_hash')
  const count = yield* affectedBy(
    db
      .updateTable('user_sessions')
      .set({ user_id: to })
      .where('user_id', '=', from)
      .where(lockedFirst(context, from, (eb) => eb('key_hash', 'not in', taken))),
  )
  yield* bumpUser(context, from, clock)
  yield* bumpUser(context, to, clock)
  yield* moveMarks(context, from, to)
  return count
}
