import type { WebSessions } from './web-context.js'

/** How many ids one request may name. */
export const MAX_IDS = 100

/** What came of a wish to end some sessions: which there are of this user, all or none of them ended. */
export type EndChoice =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'current'; readonly others: readonly string[] }
  | { readonly kind: 'others'; readonly others: readonly string[] }

/**
 * Sorts ids into what they mean for this user. Somebody else's session and no session at all are the same here, and one of them
 * spoils the whole list. Compared letter by letter, so that no collation of a database takes one id for another.
 */
export async function chooseEnding(sessions: WebSessions, ids: readonly string[]): Promise<EndChoice> {
  const listed = await sessions.list()
  const current = sessions.current?.id ?? listed.find((session) => session.isCurrent)?.id
  const theirs = new Set(listed.map((session) => session.id))
  if (current !== undefined) theirs.add(current)
  const chosen = [...new Set(ids)]
  if (chosen.some((id) => !theirs.has(id))) return { kind: 'unknown' }
  const others = chosen.filter((id) => id !== current)
  return { kind: others.length < chosen.length ? 'current' : 'others', others }
}
