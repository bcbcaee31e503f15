import type { EndReason, SessionData, SessionRecord, UserSession } from '../session.js'
import type { DefaultUserSessionsAdapter } from './adapter.js'
import { endSessions } from './end-sessions.js'
import type { Parts } from './parts.js'
import { type Presenter, present } from './present.js'

/** Why chosen sessions end, and on whose word. */
export interface EndWords {
  readonly reason: EndReason
  readonly by: string | null
  readonly request: object | undefined
}

/** Ends sessions that a person or the app chose, through the adapter (parity row 10); returns those really ended. */
export async function endChosen<User, Data extends SessionData>(
  parts: Parts,
  presenter: Presenter<User, Data>,
  adapter: DefaultUserSessionsAdapter,
  records: readonly SessionRecord[],
  { reason, by, request }: EndWords,
): Promise<UserSession<User, Data>[]> {
  if (records.length === 0) return []
  const users = new Map(records.map((record) => [record.id, record.userId]))
  const reallyEnded: SessionRecord[] = []
  const end = async (chosen: readonly UserSession<unknown>[]) => {
    const ended = await endEach(parts, groupByUser(chosen, users), { reason, by, request })
    reallyEnded.push(...ended)
    return ended.map((record) => present(presenter, record))
  }
  const sessions = records.map((record) => present(presenter, record))
  const counted = new Set((await adapter.endSessions(sessions, { reason, by, end })).map(({ id }) => id))
  return reallyEnded.filter(({ id }) => counted.has(id)).map((record) => present(presenter, record))
}

/** What the adapter was not handed is not its to end. */
function groupByUser(
  sessions: readonly UserSession<unknown>[],
  users: ReadonlyMap<string, string>,
): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { id } of sessions) {
    const user = users.get(id)
    if (user !== undefined) groups.set(user, [...(groups.get(user) ?? []), id])
  }
  return groups
}

async function endEach(
  parts: Parts,
  groups: ReadonlyMap<string, readonly string[]>,
  words: EndWords,
): Promise<SessionRecord[]> {
  const ended: SessionRecord[] = []
  for (const [user, ids] of groups) ended.push(...(await endSessions(parts, user, { ids }, words)))
  return ended
}
