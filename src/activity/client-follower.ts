import { createHash } from 'node:crypto'
import type { Config } from '../options.js'
import type { ClientChange, SeenClient, SessionRecord } from '../session.js'
import type { Storage } from '../storage/storage.js'
import { type ClientViews, gradeChange, identityOf, isSameBrowser } from './grade-change.js'
import type { Judge } from './judge.js'
import { KnownClients } from './known-clients.js'
import type { Live } from './live.js'

/** What following clients needs. */
export interface FollowerParts {
  readonly storage: Pick<Storage, 'update' | 'get'>
  readonly judge: Pick<Judge, 'forget'>
  readonly config: Pick<Config, 'clock' | 'touchInterval' | 'clientMemory'>
  readonly views: ClientViews
  /** Has {@link ClientFollower.write} called with the next batch of activity. */
  readonly holdBack: (live: Live) => void
  readonly background: (name: string, work: Promise<unknown>) => void
  readonly changed: (record: SessionRecord, from: SeenClient, change: ClientChange, request: object) => void
}

/** A change that is news, and the request that brought it. */
interface News {
  readonly to: SeenClient
  readonly request: object
}

/** More changes than that are not waiting in memory, of one session. */
const MOST_WAITING = 16
/** More nodes than that do not change one session's client at once. */
const TRIES = 8

/**
 * Follows the clients of live sessions. A change that is news is written at once, by compare-and-set, so that over all nodes
 * and requests in flight exactly one caller wins, and only that one tells (parity row 12). What is none (back to a client
 * known of late, a roam just after another) is written with the next batch, and told to nobody.
 */
export class ClientFollower {
  readonly #waiting = new WeakMap<Live, News[]>()

  constructor(private readonly parts: FollowerParts) {}

  /** A live session was visited from this client. In memory only; nobody waits for what follows. */
  note(live: Live, seen: SeenClient, request: object): void {
    const to = this.#completed(live, seen)
    if (isSame(live, to)) return
    const { ip, userAgent, hints } = live
    live.stored ??= { ip, userAgent, hints }
    live.moveTo(to)
    if (this.#isNews(live.stored, live.knownClients, to)) this.#tell(live, { to, request })
    else this.parts.holdBack(live)
  }

  /** Writes the client of a session that was held back. */
  async write(live: Live): Promise<void> {
    if (!live.stored) return
    if (this.#waiting.has(live)) return this.parts.holdBack(live)
    const to = { ip: live.ip, userAgent: live.userAgent, hints: live.hints }
    await this.#write(live, to)
  }

  /** An address that cannot be told is no other address; hints that the same browser has not sent are no others. */
  #completed(live: Live, { ip, userAgent, hints }: SeenClient): SeenClient {
    const { views } = this.parts
    const isBrowsers = userAgent === live.userAgent || isSameBrowser(userAgent, live.userAgent, views)
    return { ip: ip ?? live.ip, userAgent, hints: hints ?? (isBrowsers ? live.hints : null) }
  }

  #isNews(from: SeenClient, knownClients: string | null, to: SeenClient): boolean {
    if (isSame(from, to) || isEnriched(from, to)) return false
    const { clock, touchInterval, clientMemory } = this.parts.config
    const now = clock()
    const known = new KnownClients(knownClients)
    const print = this.#printOf(to)
    const age = known.ageOf(print, now) ?? Number.POSITIVE_INFINITY
    if (print === this.#printOf(from)) return age >= touchInterval
    return age >= clientMemory && !known.isFlooded(touchInterval, now)
  }

  #printOf(client: SeenClient): string {
    return createHash('sha256').update(identityOf(client, this.parts.views)).digest('base64url').slice(0, 11)
  }

  #tell(live: Live, news: News): void {
    const waiting = this.#waiting.get(live)
    if (!waiting) {
      const all = [news]
      this.#waiting.set(live, all)
      this.parts.background('follow a client change', this.#writeAll(live, all))
      return
    }
    const print = this.#printOf(news.to)
    const isThere = waiting.some(({ to }) => this.#printOf(to) === print)
    if (!isThere && waiting.length < MOST_WAITING) waiting.push(news)
    this.parts.holdBack(live)
  }

  async #writeAll(live: Live, waiting: News[]): Promise<void> {
    try {
      for (let next = waiting[0]; next; next = waiting[0]) {
        await this.#write(live, next.to, next.request)
        waiting.shift()
      }
    } catch (error) {
      // Storage has the client before: when the session is seen next, the change is seen again.
      this.parts.judge.forget(live.id, live.user)
      throw error
    } finally {
      this.#waiting.delete(live)
    }
  }

  /** Without a request it is no news. */
  async #write(live: Live, to: SeenClient, request?: object): Promise<void> {
    const { storage, judge, views, changed } = this.parts
    for (let tried = 0; tried < TRIES; tried++) {
      const from = live.stored ?? live
      const { knownClients } = live
      const isNews = request !== undefined && this.#isNews(from, knownClients, to)
      if (isSame(from, to)) return
      if (await this.#swap(live, to)) {
        const record = isNews && (await storage.get(live.user, live.id))
        if (record) changed({ ...record, ...to }, from, gradeChange(from, to, views), request)
        return
      }
      // Another node wrote another client first, or the session is no more.
      const record = await storage.get(live.user, live.id)
      if (!record || record.endedAt !== null) return judge.forget(live.id, live.user)
      live.knownClients = record.knownClients
      live.stored = { ip: record.ip, userAgent: record.userAgent, hints: record.hints }
      // Seen there later than here: what was held back is old.
      if (!request && record.lastSeenAt >= live.lastSeenAt) return settle(live, record)
    }
    judge.forget(live.id, live.user)
  }

  async #swap(live: Live, to: SeenClient): Promise<boolean> {
    const { ip, userAgent, hints } = live.stored ?? live
    const from = { ip, userAgent, hints }
    const { clock } = this.parts.config
    const prints = [this.#printOf(from), this.#printOf(to)]
    const knownClients = new KnownClients(live.knownClients).with(prints, clock())
    const patch = { ...to, knownClients, lastSeenAt: live.lastSeenAt }
    const before = { ip, userAgent, knownClients: live.knownClients }
    if (!(await this.parts.storage.update(live.user, live.id, patch, before))) return false
    live.knownClients = knownClients
    live.stored = isSame(live, to) ? undefined : to
    return true
  }
}

/** Only that hints came which were not there before. */
function isEnriched(from: SeenClient, to: SeenClient): boolean {
  return from.ip === to.ip && from.userAgent === to.userAgent && from.hints === null
}

function isSame(a: SeenClient, b: SeenClient): boolean {
  return a.ip === b.ip && a.userAgent === b.userAgent && a.hints === b.hints
}

function settle(live: Live, client: SeenClient): void {
  live.moveTo(client)
  live.stored = undefined
}
