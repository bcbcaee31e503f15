import { POLL } from '../bus.js'

/** NOTIFY takes less than 8000 bytes (https://www.postgresql.org/docs/current/sql-notify.html). */
const LONGEST_BYTES = 7900

/** The message, or {@link POLL} for one that not every bus can carry: so all of them behave alike. */
export function fitMessage(message: string): string {
  // A text of PostgreSQL has no NUL.
  return Buffer.byteLength(message) > LONGEST_BYTES || message.includes('\0') ? POLL : message
}
