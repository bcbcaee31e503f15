import type { Clock } from '../../session.js'
import type { SqlContext } from './dialect.js'
import { bumpUser, holdUser } from './users.js'
import { affectedBy, type Work } from './work.js'

/** {@link Storage.moveUser} as statements. Both users are held in the order of their ids, as any other two writers would. */
export function* moveUserWork(context: SqlContext, from: string, to: string, clock: Clock): Work<number> {
  for (const userId of [from, to].sort()) yield* holdUser(context, userId)
  const taken = context.db.selectFrom('user_sessions').select('key_hash').where('user_id', '=', to)
  const count = yield* affectedBy(
    context.db
      .updateTable('user_sessions')
      .set({ user_id: to })
      .where('user_id', '=', from)
      .where('key_hash', 'not in', taken),
  )
  yield* bumpUser(context, from, clock)
  yield* bumpUser(context, to, clock)
  return count
}
