import { END_REASONS, type EndReason, type SessionRecord } from '../../session.js'
import { bytesToId, idToBytes } from '../record-id.js'

/** Where in a live record's fields each stands, from 1 as in Lua. */
export const FIELD = {
  lastSeenAt: 1,
  authenticatedAt: 4,
  ip: 7,
  userAgent: 8,
  hints: 9,
  name: 10,
  data: 11,
  knownClients: 12,
} as const

/** The value of a live record. NUL is in no text that storages keep, so it stands between the fields. */
export function toValue(record: SessionRecord): string {
  const { lastSeenAt, expiresAt, createdAt, authenticatedAt, sealedKey } = record
  return [
    String(lastSeenAt),
    String(expiresAt),
    String(createdAt),
    String(authenticatedAt),
    toBase64(record.keyHash),
    sealedKey ? `+${toBase64(sealedKey)}` : '',
    ...[record.ip, record.userAgent, record.hints, record.name, record.data, record.knownClients].map(toText),
  ].join('\0')
}

/** A value as its record. */
export function toRecord(state: 'live' | 'ended', userId: string, id: string, value: string): SessionRecord {
  const fields = value.split('\0')
  const [endedAt = '', endReason = '', endedBy = ''] = state === 'ended' ? fields.splice(0, 3) : []
  const [lastSeenAt, expiresAt, createdAt, authenticatedAt, keyHash = '', sealedKey = '', ...texts] = fields
  const [ip = null, userAgent = null, hints = null, name = null, data = null, knownClients = null] = texts.map(fromText)
  return {
    id: fromId(id),
    userId,
    keyHash: fromBase64(keyHash),
    sealedKey: sealedKey === '' ? null : fromBase64(sealedKey.slice(1)),
    ip,
    userAgent,
    hints,
    createdAt: Number(createdAt),
    lastSeenAt: Number(lastSeenAt),
    authenticatedAt: Number(authenticatedAt),
    expiresAt: Number(expiresAt),
    endedAt: state === 'ended' ? Number(endedAt) : null,
    endReason: state === 'ended' ? toReason(endReason) : null,
    endedBy: fromText(endedBy),
    name,
    data,
    knownClients,
  }
}

/** A text or null as a field. */
export function toText(text: string | null): string {
  return text === null ? '' : `+${text}`
}

/** A record's id in 22 characters. */
export function toId(id: string): string {
  return idToBytes(id).toString('base64url')
}

/** The canonical id of those. */
export function fromId(id: string): string {
  return bytesToId(Buffer.from(id, 'base64url'))
}

/** Bytes as text: replies need not be binary then. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

function fromText(field: string): string | null {
  return field === '' ? null : field.slice(1)
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'))
}

function toReason(text: string): EndReason {
  // A later version may know a reason that this one does not; ended it is all the same.
  return END_REASONS.find((reason) => reason === text) ?? 'app'
}
