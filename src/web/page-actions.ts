import { chooseEnding, MAX_IDS } from './end-sessions.js'
import type { Outcome } from './page-message.js'
import type { WebSessions } from './web-context.js'

/** What the page does with a form: an outcome to tell, a sign-out done, or undefined for a form that is none of ours. */
export async function pageAction(
  sessions: WebSessions,
  fields: URLSearchParams,
): Promise<Outcome | 'signed-out' | undefined> {
  const ids = fields.getAll('session')
  const actions = fields.getAll('action')
  if (actions.length > 0) {
    if (ids.length > 0 || actions.length > 1 || actions[0] !== 'sign-out') return undefined
    await sessions.signOut()
    return 'signed-out'
  }
  if (ids.length === 0) return { code: 'ended-others', n: (await sessions.endOthers()).length }
  if (ids.length > MAX_IDS) return undefined
  return endChosen(sessions, ids)
}

async function endChosen(sessions: WebSessions, ids: readonly string[]): Promise<Outcome> {
  const choice = await chooseEnding(sessions, ids)
  if (choice.kind === 'unknown') return { code: 'not-found' }
  if (choice.kind === 'current') return { code: 'current' }
  const ended = await sessions.end(choice.others)
  // They can have ended between the list and here.
  return ended.length === 0 ? { code: 'not-found' } : { code: 'ended', n: ended.length }
}
