import type { Logger } from '../session.js'

/**
 * The message that stands for any others: something happened, and it is not told what. A bus sends it in place of what it
 * could not or did not deliver. Who hears it asks storage.
 */
export const POLL = 'poll'

/**
 * Carries short messages between the processes of an app, so that what happened in one is known in the others at once. It only
 * makes news faster: each process asks storage as well, and what it has heard is never the last word. Messages may be lost,
 * come twice or in another order, and a bus may be down for good: all that costs time, and nothing else.
 *
 * A bus never holds anybody up, never ends the process, and once closed no longer keeps it alive.
 */
export interface Bus {
  /** For logs: `redis`, `postgres`, `memory`. */
  readonly name: string
  /** Whether messages come and go now, as far as is known: a silent loss shows a little later. */
  readonly isUp: boolean
  /**
   * Sends to every other process. Never throws and never waits; memory is bounded. While the bus is down messages are
   * dropped, and when it is back a single {@link POLL} goes out for all of them. So it does in place of a message of more
   * than 7,900 bytes of UTF-8, or with a NUL in it: no bus delivers those. After `close` it does nothing.
   */
  publish(message: string): void
  /**
   * Hears what others publish; what this process publishes comes back too, or not. Once for each bus.
   *
   * Resolves when the first attempt to connect has succeeded or failed, after five seconds at the latest: an app starts
   * without its bus. A failure is logged once, and tried again for as long as the bus is open.
   *
   * @param hear gets each message. What it throws is logged
   * @param up is called each time the connection stands anew, the first time too: what came before may be lost, so poll once
   * @throws UserSessionsError `closed`
   * @throws TypeError when something listens already
   */
  listen(hear: (message: string) => unknown, up: () => unknown): Promise<void>
  /**
   * Gives what was published a moment ago a second to leave, and closes what the bus itself has opened. Nothing is heard from
   * this call on. Never rejects; may be called again.
   */
  close(): Promise<void>
}

/** What every bus takes. */
export interface BusOptions {
  /**
   * Names what is this app's own: a channel of PostgreSQL within the database, one of Redis within the server. At most 63 of
   * a-z, 0-9 and _. Default is `user_sessions`.
   */
  readonly channel?: string | undefined
  /**
   * Between two looks whether the connection still stands, in milliseconds. One that died in silence is noticed after twice
   * this time. Default is 5,000.
   */
  readonly pingInterval?: number | undefined
  /** Where it is told that the bus is down, and is back. Default is `console`. */
  readonly logger?: Logger | undefined
}
