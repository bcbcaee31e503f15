import { isRecordId } from '../record-id.js'
import type { Touch } from '../storage.js'

/**
 * A batch in the order of the ids. A joined update meets each row once, so a session that is there twice is to be there once, at its
 * latest; what is no id names no session.
 */
export function touchesInOrder(chunk: readonly Touch[]): Touch[] {
  const latest = new Map<string, Touch>()
  for (const touch of chunk) {
    const { userId, id, lastSeenAt, expiresAt } = touch
    if (!isRecordId(id)) continue
    const name = touchName(userId, id)
    const other = latest.get(name)
    latest.set(name, {
      ...touch,
      lastSeenAt: Math.max(lastSeenAt, other?.lastSeenAt ?? lastSeenAt),
      expiresAt: Math.max(expiresAt, other?.expiresAt ?? expiresAt),
    })
  }
  return [...latest.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** What tells one session from all others. */
export function touchName(userId: string, id: string): string {
  return `${id} ${userId}`
}
