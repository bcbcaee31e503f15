import type { Fault } from './with-retries.js'

/** Nothing was done, and a second try may do: https://mariadb.com/kb/en/mariadb-error-codes/, MySQL's are the same. */
const BUSY = new Set([
  1020, // record has changed since last read
  1205, // lock wait timeout
  1213, // deadlock
  3572, // nowait
])

const UNAVAILABLE = new Set([
  1021, // disk full
  1037, // out of memory
  1040, // too many connections
  1041, // out of resources
  1044, // access denied to the database
  1045, // access denied to the user
  1049, // no such database
  1053, // shutdown in progress
  1077, // shutdown
  1114, // table full
  1129, // host is blocked
  1130, // host is not allowed
  1142, // no right to a table
  1143, // no right to a column
  1203, // too many connections of the user
  1226, // the user's resources are used up
  1290, // read-only: a replica
  1317, // query interrupted
  1698, // access denied, without a password
  1792, // read-only transaction
  1836, // read-only mode
  1927, // connection was killed
  1969, // statement took too long (MariaDB)
  3024, // statement took too long (MySQL)
  3159, // secure transport required
])

// Errors of mysql2 itself without a number: lib/base/pool.js and lib/base/connection.js
const DRIVER = /pool is closed|no connections available|queue limit reached|connection is in closed state|closed state/i

/** How an error of `mysql2` or of the network is to be taken. */
export function mysqlFault(error: unknown): Fault {
  if (!(error instanceof Error)) return undefined
  const number: unknown = Reflect.get(error, 'errno')
  const code: unknown = Reflect.get(error, 'code')
  // A system's error has a negative number; an answer of the server has a code that begins with ER_.
  if (typeof number === 'number' && number > 0) {
    if (BUSY.has(number)) return 'busy'
    return UNAVAILABLE.has(number) ? 'unavailable' : undefined
  }
  if (typeof code === 'string') return code.startsWith('ERR_INVALID_') ? undefined : 'unavailable'
  return DRIVER.test(error.message) ? 'unavailable' : undefined
}
