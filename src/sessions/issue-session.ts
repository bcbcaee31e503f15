import { checkNames, checkWhole } from '../checks.js'
import type { SessionData, SessionRecord } from '../session.js'
import { refused } from './check-sign-in.js'
import type { Held, RequestContext } from './context.js'
import { endSessions } from './end-sessions.js'
import { issuedKey } from './issued-key.js'
import type { Parts } from './parts.js'
import { recordSession } from './record-session.js'

/** How a session that the client carries begins. */
export interface IssueOptions<Data extends SessionData = SessionData> {
  /** How long the record lives unless it is renewed, milliseconds. Default is `maxLifetime`. */
  readonly lifetime?: number
  readonly data?: Data
}

/**
 * Makes a key and its record, and has the request hold it.
 *
 * @throws UserSessionsError `session_refused` when the user is blocked, or the session that the request came with has ended
 * meanwhile: a slow handler must not carry its user over; `option_invalid`; `storage_unavailable`
 */
export async function issueSession(
  parts: Parts,
  context: RequestContext,
  user: string,
  options: IssueOptions,
): Promise<{ readonly key: string; readonly record: SessionRecord }> {
  checkNames(options, ['lifetime', 'data'], 'issue')
  const { lifetime, data } = options
  if (lifetime !== undefined) checkWhole('lifetime', lifetime, 1)
  const { client, request } = context
  const key = issuedKey()
  const recorded = await recordSession(parts, { user, key, client, lifetime, data, adopted: false, request })
  if (recorded.outcome === 'blocked') throw refused()
  const { id } = recorded.record
  if (context.came?.user === user && (await hasEnded(parts, context.came))) {
    await endSessions(parts, user, { ids: [id] }, { reason: 'app', by: null, request })
    throw refused()
  }
  parts.contexts.hold(context, { id, user, key })
  return { key, record: recorded.record }
}

/** Asked of storage: an end may be committed that this process has yet to hear of. */
async function hasEnded({ storage, judge }: Parts, { id, user, key }: Held): Promise<boolean> {
  if (judge.isEnded(key, user)) return true
  const record = await storage.get(user, id)
  return record === undefined || record.endedAt !== null
}
