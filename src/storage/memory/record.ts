import type { Ending, SessionRecord } from '../../session.js'
import { newestFirst } from '../newest-first.js'
import type { Cap, NewRecord, Recorded } from '../storage.js'
import { markInMemory } from './unsettled.js'
import { keyOf, type MemoryEntry, type MemoryUser, type MemoryUsers } from './users.js'

/** {@link Storage.record} in memory. */
export function recordInMemory(users: MemoryUsers, fresh: NewRecord, cap: Cap | undefined): Recorded {
  const user = users.getOrAdd(fresh.userId)
  if (user.blocked) return { outcome: 'blocked' }
  const known = user.keys.get(keyOf(fresh.keyHash))
  const existing = known === undefined ? undefined : user.entries.get(known)
  if (existing) return { outcome: 'exists', record: existing.record }
  if (user.entries.has(fresh.id)) throw new Error('A record with this id exists already.')
  const evicted = cap ? evict(user, cap) : []
  if (evicted.length > 0) {
    users.bump(user)
    if (cap?.unsettled) markInMemory(user, { ends: 1, since: cap.ending.at })
  }
  const record: SessionRecord = { ...fresh, endedAt: null, endReason: null, endedBy: null, knownClients: null }
  addEntry(user, { record, endId: null })
  return { outcome: 'recorded', record, evicted }
}

/** Ends an entry in place and returns its record as it is then. */
export function endEntry(entry: MemoryEntry, ending: Ending, endId: string | null): SessionRecord {
  entry.record = { ...entry.record, endedAt: ending.at, endReason: ending.reason, endedBy: ending.by }
  entry.endId = endId
  return entry.record
}

export function addEntry(user: MemoryUser, entry: MemoryEntry): void {
  user.entries.set(entry.record.id, entry)
  user.keys.set(keyOf(entry.record.keyHash), entry.record.id)
  user.erasedAt = null
}

function evict(user: MemoryUser, cap: Cap): SessionRecord[] {
  return [...user.entries.values()]
    .filter(({ record }) => record.endedAt === null)
    .sort((a, b) => newestFirst(a.record, b.record))
    .slice(cap.max - 1)
    .map((entry) => endEntry(entry, cap.ending, null))
}
