import type { Fault } from './with-retries.js'

/** Serialization failure, deadlock, lock timeout: nothing was done, and a second try may do. */
const BUSY = new Set(['40001', '40P01', '55P03'])

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNAVAILABLE_CLASSES = new Set([
  '08', // connection exception
  '28', // invalid authorization
  '3D', // no such database
  '53', // insufficient resources: disk full, out of memory, too many connections
  '58', // system error
  'F0', // configuration file error
  'XX', // internal error, data corrupted
])

const UNAVAILABLE = new Set([
  '25006', // read-only transaction: a standby
  '25P03', // idle in transaction for too long
  '25P04', // transaction timeout
  '40003', // statement completion unknown
  '42501', // insufficient privilege
  '57014', // cancelled, by a statement timeout or somebody
  '57P01', // admin shutdown, or a terminated backend
  '57P02', // crash shutdown
  '57P03', // cannot connect now
  '57P04', // database dropped
  '57P05', // idle for too long
])

const SQLSTATE = /^[0-9A-Z]{5}$/

// Errors of `pg` itself have no code: https://github.com/brianc/node-postgres, packages/pg/lib/client.js and pg-pool/index.js
const DRIVER =
  /connection terminated|connection error|not queryable|timeout|timed out|calling end on the pool|SSL|SASL|password|client has been released/i

/** How an error of `pg` or of the network is to be taken. */
export function postgresFault(error: unknown): Fault {
  if (!(error instanceof Error)) return undefined
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code === 'string' && isSqlState(error, code)) {
    if (BUSY.has(code)) return 'busy'
    return UNAVAILABLE.has(code) || UNAVAILABLE_CLASSES.has(code.slice(0, 2)) ? 'unavailable' : undefined
  }
  // Of the system: ECONNREFUSED, ENOTFOUND, EPIPE, CERT_HAS_EXPIRED. Node's own checks of arguments are ERR_INVALID_…
  if (typeof code === 'string') return code.startsWith('ERR_INVALID_') ? undefined : 'unavailable'
  return DRIVER.test(error.message) ? 'unavailable' : undefined
}

/** EPIPE has five capital letters too; only an answer of the server has a severity. */
function isSqlState(error: Error, code: string): boolean {
  return SQLSTATE.test(code) && 'severity' in error
}
