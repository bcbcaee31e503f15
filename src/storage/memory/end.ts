import type { SessionRecord } from '../../session.js'
import { idToBytes } from '../record-id.js'
import type { EndHow, RekeyTo, Which } from '../storage.js'
import { tombstoneOf } from '../tombstone-of.js'
import { addEntry, endEntry } from './record.js'
import { markInMemory, settledInMemory } from './unsettled.js'
import { chosen, keyOf, type MemoryUsers } from './users.js'

/** {@link Storage.end} in memory. */
export function endInMemory(users: MemoryUsers, userId: string, which: Which, how: EndHow): SessionRecord[] {
  const user = users.get(userId)
  if (!user) return []
  const ended: SessionRecord[] = []
  for (const entry of chosen(user, which)) {
    if (entry.record.endedAt !== null) {
      if (!how.sparesRekeys) entry.endId = null
      continue
    }
    ended.push(endEntry(entry, how, how.endingId))
    if (how.release) {
      user.keys.delete(keyOf(entry.record.keyHash))
      entry.record = { ...entry.record, keyHash: idToBytes(entry.record.id), sealedKey: null }
    }
  }
  if (ended.length === 0) return []
  users.bump(user)
  if (how.unsettled) markInMemory(user, { ends: 1, since: how.at })
  return ended
}

/** {@link Storage.rekey} in memory. */
export function rekeyInMemory(
  users: MemoryUsers,
  userId: string,
  id: string,
  endingId: string,
  next: RekeyTo,
): boolean {
  const user = users.get(userId)
  const entry = user?.entries.get(id)
  if (!user || !entry || entry.endId !== endingId || entry.record.endReason !== 'user') return false
  if (user.keys.has(keyOf(next.keyHash))) return false
  const { record } = entry
  user.keys.delete(keyOf(record.keyHash))
  addEntry(user, { record: tombstoneOf(record, next), endId: null })
  const keyHash = Uint8Array.from(next.keyHash)
  const sealedKey = next.sealedKey && Uint8Array.from(next.sealedKey)
  entry.endId = null
  const lastSeenAt = Math.max(record.lastSeenAt, next.at)
  entry.record = { ...record, keyHash, sealedKey, lastSeenAt, endedAt: null, endReason: null, endedBy: null }
  user.keys.set(keyOf(keyHash), id)
  users.bump(user)
  if (next.unsettled && record.endedAt !== null) settledInMemory(user, { endedAt: record.endedAt })
  return true
}
