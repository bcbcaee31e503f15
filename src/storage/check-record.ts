import { checkUserId } from './check-user-id.js'
import { cleanText } from './clean-text.js'
import { checkRecordId } from './record-id.js'
import type { Cap, EndHow, NewRecord, RekeyTo, Touch } from './storage.js'

/** SHA-256. */
const KEY_HASH_BYTES = 32

/**
 * A new record as every storage keeps it, with bytes of its own and clean text.
 *
 * @throws TypeError when an id, a hash or a time is not what its type says
 */
export function checkRecord(record: NewRecord): NewRecord {
  checkUserId(record.userId)
  checkRecordId(record.id, 'A record id')
  checkKeyHash(record.keyHash)
  for (const time of [record.createdAt, record.lastSeenAt, record.authenticatedAt, record.expiresAt]) checkTime(time)
  return {
    ...record,
    keyHash: Uint8Array.from(record.keyHash),
    sealedKey: record.sealedKey && Uint8Array.from(record.sealedKey),
    ip: cleanText(record.ip),
    userAgent: cleanText(record.userAgent),
    hints: cleanText(record.hints),
    name: cleanText(record.name),
    data: cleanText(record.data),
  }
}

/** @throws TypeError when an entry of a batch is not what its type says */
export function checkTouch({ userId, lastSeenAt, expiresAt }: Touch): void {
  checkUserId(userId)
  checkTime(lastSeenAt)
  checkTime(expiresAt)
}

/**
 * How to end, with clean text.
 *
 * @throws TypeError when the ending id is no UUID, or its time no time
 */
export function checkEndHow(how: EndHow): EndHow {
  checkRecordId(how.endingId, 'An ending id')
  checkTime(how.at)
  return { ...how, by: cleanText(how.by) }
}

/**
 * A cap, with clean text.
 *
 * @throws TypeError when it is not a whole number of at least 1
 */
export function checkCap({ max, ending, unsettled = false }: Cap): Cap {
  if (!(Number.isSafeInteger(max) && max >= 1)) throw new TypeError('A cap must be a whole number of at least 1.')
  checkTime(ending.at)
  return { max, ending: { ...ending, by: cleanText(ending.by) }, unsettled }
}

/** @throws TypeError when a part is not what its type says */
export function checkRekeyTo({ keyHash, tombstoneId, at }: RekeyTo): void {
  checkKeyHash(keyHash)
  checkRecordId(tombstoneId, 'A tombstone id')
  checkTime(at)
}

/** @throws TypeError when it is not 32 bytes: a shorter one could collide with a released key's placeholder */
export function checkKeyHash(keyHash: Uint8Array): void {
  if (keyHash.length !== KEY_HASH_BYTES) throw new TypeError(`A key hash must have ${KEY_HASH_BYTES} bytes.`)
}

/** @throws TypeError when it is not a whole number of milliseconds */
export function checkTime(time: number): void {
  if (!Number.isSafeInteger(time)) throw new TypeError('A time must be a whole number of unix milliseconds.')
}

/** @throws TypeError when it is not a whole number of at least 0; SQLite would read a negative limit as none */
export function checkLimit(limit: number): void {
  if (!(Number.isSafeInteger(limit) && limit >= 0)) throw new TypeError('A limit must be a whole number of at least 0.')
}
