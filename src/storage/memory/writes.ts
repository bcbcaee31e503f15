import type { SessionRecord } from '../../session.js'
import { cleanText } from '../clean-text.js'
import type { ClientBefore, DataBefore, RecordPatch, Reseal, Touch } from '../storage.js'
import type { MemoryUsers } from './users.js'

export function touchInMemory(users: MemoryUsers, touch: Touch): boolean {
  const entry = users.get(touch.userId)?.entries.get(touch.id)
  if (!entry || entry.record.endedAt !== null) return false
  const { lastSeenAt, expiresAt } = entry.record
  entry.record = {
    ...entry.record,
    lastSeenAt: Math.max(lastSeenAt, touch.lastSeenAt),
    expiresAt: Math.max(expiresAt, touch.expiresAt),
  }
  return true
}

export function updateInMemory(
  users: MemoryUsers,
  userId: string,
  id: string,
  patch: RecordPatch,
  from: ClientBefore | DataBefore | undefined,
): boolean {
  const entry = users.get(userId)?.entries.get(id)
  if (!entry || entry.record.endedAt !== null) return false
  const { record } = entry
  if (from && !isStill(record, from)) return false
  const lastSeenAt = Math.max(record.lastSeenAt, patch.lastSeenAt ?? 0)
  entry.record = {
    ...record,
    lastSeenAt,
    ip: patch.ip === undefined ? record.ip : patch.ip,
    userAgent: patch.userAgent === undefined ? record.userAgent : patch.userAgent,
    hints: patch.hints === undefined ? record.hints : patch.hints,
    knownClients: patch.knownClients === undefined ? record.knownClients : patch.knownClients,
    authenticatedAt: patch.authenticatedAt ?? record.authenticatedAt,
    name: patch.name === undefined ? record.name : patch.name,
    data: patch.data === undefined ? record.data : patch.data,
  }
  return true
}

export function resealInMemory(users: MemoryUsers, { userId, id, from, to }: Reseal): boolean {
  const entry = users.get(userId)?.entries.get(id)
  const sealed = entry?.record.sealedKey
  if (!entry || !sealed || entry.record.endedAt !== null || Buffer.compare(sealed, from) !== 0) return false
  entry.record = { ...entry.record, sealedKey: Uint8Array.from(to) }
  return true
}

function isStill(record: SessionRecord, from: ClientBefore | DataBefore): boolean {
  if (!('ip' in from)) return record.data === cleanText(from.data)
  return (
    record.ip === cleanText(from.ip) &&
    record.userAgent === cleanText(from.userAgent) &&
    record.knownClients === cleanText(from.knownClients)
  )
}
