import type { UserSession } from '../session.js'
import type { WebSessions } from './web-context.js'

const DAYS_30 = 30 * 24 * 60 * 60 * 1000

/** Many more than are shown: an app that changes its keys often leaves a tombstone of each among them. */
const MAX_RECORDS = 1000

/**
 * The user's sessions ended in the last 30 days, in one query; undefined when they cannot be read. They are no reason to
 * keep from people the live ones, which they may have come to end.
 *
 * @param now unix milliseconds
 */
export async function readHistory(
  sessions: WebSessions,
  now: number,
): Promise<readonly UserSession<unknown>[] | undefined> {
  try {
    return await sessions.history({ since: new Date(now - DAYS_30), limit: MAX_RECORDS })
  } catch {
    return undefined
  }
}
