import type { Fault } from './with-retries.js'

const BUSY = 5
const LOCKED = 6
/** PERM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB: https://sqlite.org/rescode.html */
const UNAVAILABLE = new Set([3, 8, 10, 11, 13, 14, 15, 26])
const NAMES: Readonly<Record<string, number>> = {
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: LOCKED,
  SQLITE_PERM: 3,
  SQLITE_READONLY: 8,
  SQLITE_IOERR: 10,
  SQLITE_CORRUPT: 11,
  SQLITE_FULL: 13,
  SQLITE_CANTOPEN: 14,
  SQLITE_PROTOCOL: 15,
  SQLITE_NOTADB: 26,
}
// The app's own transaction on a handle that we share: it will end. Drivers give it no code of its own.
const WITHIN_TRANSACTION = /cannot start a transaction within a transaction/i
// libsql gives the code of a failed opening in its text alone.
const NOT_OPEN = /not open|has been closed|connection is closed|unable to open/i

/** How an error of a SQLite driver is to be taken. */
export function sqliteFault(error: unknown): Fault {
  if (!(error instanceof Error)) return undefined
  const code = primaryCode(error)
  if (code === BUSY || code === LOCKED || WITHIN_TRANSACTION.test(error.message)) return 'busy'
  if (code !== undefined && UNAVAILABLE.has(code)) return 'unavailable'
  return NOT_OPEN.test(error.message) ? 'unavailable' : undefined
}

/** node:sqlite has the number, better-sqlite3 the extended name, libsql both. The low byte is the primary code. */
function primaryCode(error: Error): number | undefined {
  const number: unknown = Reflect.get(error, 'errcode') ?? Reflect.get(error, 'rawCode')
  if (typeof number === 'number') return number & 0xff
  const name: unknown = Reflect.get(error, 'code')
  if (typeof name !== 'string') return undefined
  return NAMES[name.split('_', 2).join('_')]
}
