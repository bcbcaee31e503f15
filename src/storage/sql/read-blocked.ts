import type { Kysely } from 'kysely'
import type { Tables } from './tables.js'
import { rowsOf, type Work } from './work.js'

/** Whether a user is blocked. */
export function* readBlocked(db: Kysely<Tables>, userId: string): Work<boolean> {
  const [user] = yield* rowsOf(db.selectFrom('user_session_users').select('disabled').where('user_id', '=', userId))
  return user !== undefined && Number(user.disabled) === 1
}
