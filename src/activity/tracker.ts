import { forLog } from '../errors.js'
import type { Config } from '../options.js'
import type { Storage, Touch } from '../storage/storage.js'
import type { Live } from './verdicts.js'

const DAY = 24 * 60 * 60 * 1000
const BATCH = 1000

/** What the tracker needs. */
export interface TrackerParts {
  readonly storage: Pick<Storage, 'touch'>
  readonly config: Pick<Config, 'trackActivity' | 'touchInterval' | 'flushInterval' | 'cacheSize' | 'logger' | 'clock'>
  /** Storage did not know this session as live any more. */
  readonly untouched: (id: string, user: string) => void
}

/**
 * Gathers activity in memory and writes it in batches: a request never waits for it. Expiry follows the app's own
 * session in coarse steps even with tracking off, so that clean-up never takes a live session's record.
 */
export class Tracker {
  readonly #dirty = new Map<string, Live>()
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined

  constructor(private readonly parts: TrackerParts) {}

  /** Marks what a visit changed; times in unix milliseconds. In memory only. */
  note(live: Live, visit: { readonly at: number; readonly expiresAt: number }): void {
    const { trackActivity } = this.parts.config
    if (trackActivity && visit.at > live.lastSeenAt) live.lastSeenAt = visit.at
    if (visit.expiresAt > live.expiresAt) live.expiresAt = visit.expiresAt
    const changed = live.lastSeenAt > live.writtenLastSeenAt || this.#expiryMoved(live)
    if (!changed || this.#dirty.get(live.id) === live) return
    if (this.#dirty.size >= this.parts.config.cacheSize) this.#dropOldest()
    this.#dirty.set(live.id, live)
    this.#schedule()
  }

  /** Activity of a session that storage may not have yet. */
  latest(id: string): Live | undefined {
    return this.#dirty.get(id)
  }

  /** Writes everything gathered, at once. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#flushing
    await this.#write(() => true)
  }

  #expiryMoved(live: Live): boolean {
    const step = Math.min(DAY, Math.max((live.writtenExpiresAt - live.createdAt) / 10, this.parts.config.touchInterval))
    return live.expiresAt - live.writtenExpiresAt >= step
  }

  #schedule(): void {
    if (this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      const due = this.parts.config.clock() - this.parts.config.touchInterval
      this.#flushing ??= this.#write((live) => live.writtenLastSeenAt <= due || this.#expiryMoved(live)).finally(() => {
        this.#flushing = undefined
        if (this.#dirty.size > 0) this.#schedule()
      })
    }, this.parts.config.flushInterval)
    this.#timer.unref()
  }

  async #write(isDue: (live: Live) => boolean): Promise<void> {
    const due = [...this.#dirty.values()].filter(isDue)
    for (let start = 0; start < due.length; start += BATCH) await this.#writeBatch(due.slice(start, start + BATCH))
  }

  async #writeBatch(batch: readonly Live[]): Promise<void> {
    for (const { id } of batch) this.#dirty.delete(id)
    const touches = batch.map(
      ({ user, id, lastSeenAt, expiresAt }): Touch => ({ userId: user, id, lastSeenAt, expiresAt }),
    )
    try {
      const untouched = new Set((await this.parts.storage.touch(touches)).map(({ id }) => id))
      for (const [index, live] of batch.entries()) {
        live.writtenLastSeenAt = touches[index]?.lastSeenAt ?? live.writtenLastSeenAt
        live.writtenExpiresAt = touches[index]?.expiresAt ?? live.writtenExpiresAt
        if (untouched.has(live.id)) this.parts.untouched(live.id, live.user)
      }
    } catch (error) {
      for (const live of batch) this.#dirty.set(live.id, live)
      this.parts.config.logger.warn(
        'usersessions: activity could not be written, it will be tried again',
        forLog(error),
      )
    }
  }

  #dropOldest(): void {
    const oldest = this.#dirty.keys().next()
    if (!oldest.done) this.#dirty.delete(oldest.value)
  }
}
