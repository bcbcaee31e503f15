import { forLog } from '../errors.js'
import type { Config } from '../options.js'
import type { Storage, Touch } from '../storage/storage.js'
import type { Live } from './live.js'

const DAY = 24 * 60 * 60 * 1000
const BATCH = 1000
/** So many clients that were held back are written at once. */
const CLIENTS_AT_ONCE = 8
/** With storage away, batches are tried at last this far apart. Milliseconds. */
const LONGEST_PAUSE = 60_000

/** What the tracker needs. */
export interface TrackerParts {
  readonly storage: Pick<Storage, 'touch'>
  readonly config: Pick<Config, 'trackActivity' | 'touchInterval' | 'flushInterval' | 'cacheSize' | 'logger' | 'clock'>
  /** Storage did not know this session as live any more. */
  readonly untouched: (id: string, user: string) => void
  /** Writes a client that was held back. */
  readonly writeClient: (live: Live) => Promise<void>
}

/**
 * Gathers activity in memory and writes it in batches: a request never waits for it. Expiry follows the app's own
 * session in coarse steps even with tracking off, so that clean-up never takes a live session's record.
 */
export class Tracker {
  readonly #dirty = new Map<string, Live>()
  /** Those that wait, by the flush that writes them: none is looked at before. */
  readonly #due = new Map<number, Live[]>()
  readonly #writing = new Map<string, Live>()
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #failures = 0
  #isStopped = false
  #dropped = 0

  constructor(private readonly parts: TrackerParts) {}

  /** Marks what a visit changed; times in unix milliseconds. In memory only. */
  note(live: Live, visit: { readonly at: number; readonly expiresAt: number }): void {
    const { trackActivity } = this.parts.config
    if (trackActivity && visit.at > live.lastSeenAt) {
      live.unwrittenSeen += visit.at - live.lastSeenAt
      live.lastSeenAt = visit.at
    }
    if (visit.expiresAt > live.expiresAt) {
      live.unwrittenExpiry += visit.expiresAt - live.expiresAt
      live.expiresAt = visit.expiresAt
    }
    if (live.unwrittenSeen > 0 || this.#expiryMoved(live)) this.holdBack(live)
  }

  /** Has what this session has of news written with the batch in which it is due. */
  holdBack(live: Live): void {
    if (this.#dirty.get(live.id) === live) return
    if (this.#dirty.size >= this.parts.config.cacheSize) this.#dropOldest()
    this.#dirty.set(live.id, live)
    const { clock, touchInterval } = this.parts.config
    const now = clock()
    const written = live.lastSeenAt - live.unwrittenSeen
    // A clock that was set back must not put it off for longer than it says.
    this.#putOff(live, Math.min(Math.max(written + touchInterval, now), now + touchInterval))
    this.#schedule()
  }

  /** Activity of a session that storage may not have yet. */
  latest(id: string): Live | undefined {
    return this.#dirty.get(id) ?? this.#writing.get(id)
  }

  /** Writes everything gathered, at once. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#flushing
    this.#due.clear()
    await this.#write([...this.#dirty.values()])
    if (this.#dirty.size > 0) this.#schedule()
  }

  /** Writes nothing from now on. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #expiryMoved(live: Live): boolean {
    if (live.unwrittenExpiry === 0) return false
    const written = live.expiresAt - live.unwrittenExpiry
    const step = Math.min(DAY, Math.max((written - live.createdAt) / 10, this.parts.config.touchInterval))
    return live.unwrittenExpiry >= step
  }

  #putOff(live: Live, at: number): void {
    const flush = Math.ceil(at / this.parts.config.flushInterval)
    const due = this.#due.get(flush)
    if (due) due.push(live)
    else this.#due.set(flush, [live])
  }

  #schedule(): void {
    if (this.#timer || this.#isStopped) return
    const { flushInterval } = this.parts.config
    const pause = Math.min(flushInterval * 2 ** this.#failures, Math.max(flushInterval, LONGEST_PAUSE))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#flushing ??= this.#write(this.#takeDue()).finally(() => {
        this.#flushing = undefined
        if (this.#dirty.size > 0) this.#schedule()
      })
    }, pause)
    this.#timer.unref()
  }

  #takeDue(): Live[] {
    const { clock, flushInterval, touchInterval } = this.parts.config
    const flush = Math.floor(clock() / flushInterval)
    const furthest = flush + Math.ceil(touchInterval / flushInterval) + 1
    const due: Live[] = []
    for (const [at, lives] of this.#due) {
      // Beyond the furthest there is only what a clock that was set back has left.
      if (at > flush && at <= furthest) continue
      this.#due.delete(at)
      for (const live of lives) if (this.#dirty.get(live.id) === live) due.push(live)
    }
    return due
  }

  async #write(due: readonly Live[]): Promise<void> {
    for (let start = 0; start < due.length; start += BATCH) {
      const batch = due.slice(start, start + BATCH)
      try {
        await this.#writeBatch(batch)
        this.#failures = 0
      } catch (error) {
        this.#failures++
        for (const live of due.slice(start)) this.#again(live)
        const { logger } = this.parts.config
        logger.warn('usersessions: activity could not be written, it will be tried again', forLog(error))
        return
      } finally {
        for (const { id } of batch) this.#writing.delete(id)
      }
    }
  }

  async #writeBatch(batch: readonly Live[]): Promise<void> {
    for (const live of batch) {
      this.#dirty.delete(live.id)
      this.#writing.set(live.id, live)
    }
    const touches = batch.map(
      ({ user, id, lastSeenAt, expiresAt }): Touch => ({ userId: user, id, lastSeenAt, expiresAt }),
    )
    const untouched = new Set((await this.parts.storage.touch(touches)).map(({ id }) => id))
    for (const [index, live] of batch.entries()) {
      live.unwrittenSeen = live.lastSeenAt - (touches[index]?.lastSeenAt ?? 0)
      live.unwrittenExpiry = live.expiresAt - (touches[index]?.expiresAt ?? 0)
      if (untouched.has(live.id)) this.parts.untouched(live.id, live.user)
    }
    const clients = batch.filter(({ id, stored }) => stored && !untouched.has(id))
    for (let start = 0; start < clients.length; start += CLIENTS_AT_ONCE) {
      await Promise.all(clients.slice(start, start + CLIENTS_AT_ONCE).map(this.parts.writeClient))
    }
  }

  #again(live: Live): void {
    const fresher = this.#dirty.get(live.id)
    if (fresher && fresher !== live) return
    this.#dirty.set(live.id, live)
    this.#putOff(live, this.parts.config.clock())
  }

  #dropOldest(): void {
    const oldest = this.#dirty.keys().next()
    if (oldest.done) return
    this.#dirty.delete(oldest.value)
    if (this.#dropped++ === 0) {
      this.parts.config.logger.warn(
        'usersessions: more sessions are active than `cacheSize`, or storage cannot keep up: last seen of some is not written',
      )
    }
  }
}
