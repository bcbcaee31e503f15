import type { Clock, Logger } from '../session.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** So many in a minute, and such a share of all look-ups, are no chance. */
const LEAST = 5
const SHARE = 1 / 4

/**
 * A marker without a record means "ended and purged"; but so does a table that somebody emptied. When such inferred
 * refusals rise at once the brake trips: for an hour none is made, and sessions are adopted anew. Explicit ends are not
 * asked about here, so they are never braked.
 */
export class Brake {
  #since = Number.NEGATIVE_INFINITY
  #lookUps = 0
  #inferred = 0
  #trippedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** A session was looked up in storage. */
  looked(): void {
    this.#startMinute()
    this.#lookUps++
  }

  /** A marker names a record that is not there. Whether that may be taken as an end. */
  mayInfer(): boolean {
    this.#startMinute()
    this.#inferred++
    if (this.isOn) return false
    if (this.#inferred < LEAST || this.#inferred <= this.#lookUps * SHARE) return true
    this.#trippedAt = this.clock()
    this.logger.error(
      `usersessions: ${this.#inferred} of ${this.#lookUps} sessions looked up in a minute have lost their record. Was a table emptied or a backup restored? Nobody is signed out for that in the next hour; run \`npx usersessions restored\` after a restore.`,
    )
    return false
  }

  /** Whether it has tripped less than an hour ago. */
  get isOn(): boolean {
    return Math.abs(this.clock() - this.#trippedAt) < HOUR
  }

  #startMinute(): void {
    const now = this.clock()
    if (Math.abs(now - this.#since) < MINUTE) return
    this.#since = now
    this.#lookUps = 0
    this.#inferred = 0
  }
}
