import { advanceCursor, CHANGE_WINDOW, firstCursor } from '../changes.js'
import type { ChangeCursor } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { readUserId } from './rows.js'
import { rowsOf, type Work } from './work.js'

/** {@link Storage.changedSince} as a statement. */
export function* changedWork(
  { db }: SqlContext,
  cursor: ChangeCursor | undefined,
  now: number,
): Work<{ readonly cursor: ChangeCursor; readonly users: readonly string[] }> {
  const users = db.selectFrom('user_session_users')
  if (!cursor) {
    const [latest] = yield* rowsOf(users.select('changed_at').orderBy('changed_at', 'desc').limit(1))
    return { cursor: firstCursor(Number(latest?.changed_at ?? 0), now), users: [] }
  }
  // A change at time 0 is news to nobody.
  const since = Math.max(0, cursor.at - CHANGE_WINDOW)
  const recent = users.select(['user_id', 'changed_at']).where('changed_at', '>', since)
  const rows = yield* rowsOf(recent)
  const changes = rows.map(({ user_id, changed_at }) => ({
    userId: readUserId(user_id),
    changedAt: Number(changed_at),
  }))
  return advanceCursor(cursor, changes, now)
}
