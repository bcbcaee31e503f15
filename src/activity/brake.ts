import type { Clock, Logger } from '../session.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** So many users in a minute, and such a share of all whose sessions were looked up, are no chance, and no one person's doing. */
const LEAST = 10
const SHARE = 1 / 4
/** More users than that are not told apart within a minute. */
const MOST = 10_000

/**
 * A marker without a record means "ended and purged"; but so does a table that somebody emptied. When such inferred
 * refusals rise at once the brake trips: for an hour none is made, and sessions are adopted anew. Explicit ends are not
 * asked about here, so they are never braked.
 */
export class Brake {
  #since = Number.NEGATIVE_INFINITY
  readonly #lookedUp = new Set<string>()
  readonly #inferred = new Set<string>()
  #trippedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** A session of this user was looked up in storage. */
  looked(user: string): void {
    this.#startMinute()
    if (this.#lookedUp.size < MOST) this.#lookedUp.add(user)
  }

  /** A marker of this user's names a record that is not there. Whether that may be taken as an end. */
  mayInfer(user: string): boolean {
    this.#startMinute()
    if (this.#inferred.size < MOST) this.#inferred.add(user)
    if (this.isOn) return false
    if (this.#inferred.size < LEAST || this.#inferred.size <= this.#lookedUp.size * SHARE) return true
    this.#trippedAt = this.clock()
    this.logger.error(
      `usersessions: of ${this.#lookedUp.size} users looked up in a minute, ${this.#inferred.size} have sessions without their record. Was a table emptied or a backup restored? Nobody is signed out for that in the next hour; run \`npx usersessions restored\` after a restore.`,
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
    this.#lookedUp.clear()
    this.#inferred.clear()
  }
}
