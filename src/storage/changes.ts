import type { ChangeCursor } from './storage.js'

/** A user and when something of theirs last changed, unix milliseconds. */
export interface Change {
  readonly userId: string
  readonly changedAt: number
}

/**
 * How far each poll looks back, in milliseconds. Commits are not ordered by time, so a plain cursor would lose a slow
 * transaction's ends, and clocks differ; what is seen twice is told apart by (user, changed at).
 */
export const CHANGE_WINDOW = 30_000

/** How long the bare id of an erased user is kept, so that every reader learns of it: one day, in milliseconds. */
export const ERASED_KEPT = 86_400_000

/** Where a first call begins: at the latest change there is. */
export function firstCursor(latest: number, now: number): ChangeCursor {
  // A node whose clock is ahead must not move the cursor past changes that others have yet to write.
  return { at: Math.min(latest, now), seen: new Map() }
}

/** What is new in `rows`, all of them changes after `cursor.at - CHANGE_WINDOW`, and the cursor to go on from. */
export function advanceCursor(
  cursor: ChangeCursor,
  rows: readonly Change[],
  now: number,
): { readonly cursor: ChangeCursor; readonly users: readonly string[] } {
  const users: string[] = []
  let latest = cursor.at
  for (const { userId, changedAt } of rows) {
    latest = Math.max(latest, changedAt)
    if (cursor.seen.get(userId) !== changedAt) users.push(userId)
  }
  const at = Math.max(cursor.at, Math.min(latest, now))
  const seen = new Map<string, number>()
  for (const { userId, changedAt } of rows) if (changedAt > at - CHANGE_WINDOW) seen.set(userId, changedAt)
  return { cursor: { at, seen }, users }
}
