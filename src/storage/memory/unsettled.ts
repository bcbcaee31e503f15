import type { Unsettled } from '../storage.js'
import type { MemoryUser, MemoryUsers } from './users.js'

/** Adds marks to those a user has. */
export function markInMemory(user: MemoryUser, { ends, since }: Pick<Unsettled, 'ends' | 'since'>): void {
  user.unsettled += ends
  user.unsettledSince = Math.min(user.unsettledSince ?? since, since)
}

/** {@link Storage.unsettled} in memory. */
export function unsettledInMemory(users: MemoryUsers, before: number, limit: number, after?: Unsettled): Unsettled[] {
  const found: Unsettled[] = []
  for (const [userId, { unsettled: ends, unsettledSince: since, changedAt }] of users.all()) {
    if (since !== null && since < before) found.push({ userId, ends, since, changedAt })
  }
  return found
    .sort(longestFirst)
    .filter((one) => !after || longestFirst(after, one) < 0)
    .slice(0, limit)
}

/** {@link Storage.settled} in memory. */
export function settledInMemory(user: MemoryUser, what: { readonly endedAt: number } | Unsettled): void {
  const since = user.unsettledSince
  if (since === null) return
  const isWhat = 'endedAt' in what ? since <= what.endedAt : since === what.since && user.changedAt === what.changedAt
  if (!isWhat) return
  user.unsettled = 'endedAt' in what ? user.unsettled - 1 : 0
  if (user.unsettled === 0) user.unsettledSince = null
}

function longestFirst(a: Unsettled, b: Unsettled): number {
  if (a.since !== b.since) return a.since - b.since
  return a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : 0
}
