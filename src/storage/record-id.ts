const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether this is a UUID in its one canonical form (RFC 9562, lower case). Anything else names no record. */
export function isRecordId(value: unknown): value is string {
  return typeof value === 'string' && value.length === 36 && CANONICAL.test(value)
}

/** @throws TypeError when `value` is not a canonical UUID */
export function checkRecordId(value: unknown, what: string): asserts value is string {
  if (!isRecordId(value)) throw new TypeError(`${what} must be a UUID in lower case.`)
}

/** The 16 bytes of a canonical UUID; they sort as the text does. */
export function idToBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

/** The canonical UUID of 16 bytes. */
export function bytesToId(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
