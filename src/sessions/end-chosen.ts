import type { SessionData, SessionRecord, UserSession } from '../session.js'
import type { Which } from '../storage/storage.js'
import { DefaultUserSessionsAdapter } from './adapter.js'
import { type EndOptions, endSessions } from './end-sessions.js'
import { isLive } from './list-sessions.js'
import { present } from './present.js'
import type { HandleParts } from './user-handle.js'

/**
 * Ends sessions of one user that a person or the app chose, through the adapter (parity row 10).
 *
 * When the adapter spares none, storage ends by `which` itself rather than by what was listed a moment before: a session
 * that began meanwhile, or was just being re-keyed, is not missed.
 *
 * @returns the sessions really ended
 */
export async function endChosen<User, Data extends SessionData>(
  { parts, presenter, adapter }: HandleParts<User, Data>,
  user: string,
  which: Which,
  words: EndOptions,
): Promise<UserSession<User, Data>[]> {
  const toSession = (record: SessionRecord) => present(presenter, record)
  // The default one ends all that it is handed: a read of all of them would change nothing.
  if (adapter.endSessions === DefaultUserSessionsAdapter.prototype.endSessions) {
    return (await endSessions(parts, user, which, words)).map(toSession)
  }
  const live = (await parts.storage.list(user)).filter((record) => isLive(parts, record) && includes(which, record.id))
  if (live.length === 0) return (await endSessions(parts, user, which, words)).map(toSession)

  const handed = new Set(live.map(({ id }) => id))
  const ended: SessionRecord[] = []
  const end = async (chosen: readonly UserSession<unknown>[]) => {
    // What the adapter was not handed is not its to end.
    const ids = [...new Set(chosen.map(({ id }) => id))].filter((id) => handed.has(id))
    if (ids.length === 0) return []
    const now = await endSessions(parts, user, ids.length === handed.size ? which : { ids }, words)
    ended.push(...now)
    return now.map(toSession)
  }
  const { reason, by } = words
  const counted = new Set((await adapter.endSessions(live.map(toSession), { reason, by, end })).map(({ id }) => id))
  return ended.filter(({ id }) => counted.has(id)).map(toSession)
}

function includes(which: Which, id: string): boolean {
  if (which === 'all') return true
  return 'ids' in which ? which.ids.includes(id) : !which.except.includes(id)
}
