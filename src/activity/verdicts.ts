import { LRUCache } from 'lru-cache'
import type { Ending, SessionRecord } from '../session.js'
import { Live } from './live.js'

/** A session that has ended, as this process remembers it. */
export interface Ended {
  readonly state: 'ended'
  readonly id: string
  readonly user: string
  readonly key: string
  readonly ending: Ending
}

/** What is known of a session key in memory. */
export type Verdict = Live | Ended

/** What a record says of its key. */
export function verdictOf(record: SessionRecord, key: string): Verdict {
  const ending = endingOf(record)
  if (ending) return { state: 'ended', id: record.id, user: record.userId, key, ending }
  return new Live(record, key)
}

/** So many different user agents are kept as one text for all sessions that have them. */
const SHARED_TEXTS = 1000

/** What this process knows of session keys, bounded: the least recently used go first. */
export class Verdicts {
  readonly #byKey: LRUCache<string, Verdict>
  /** Most users have one session: a set is only made for the second one. */
  readonly #keysOf = new Map<string, string | Set<string>>()
  readonly #texts = new LRUCache<string, string>({ max: SHARED_TEXTS })

  constructor(max: number) {
    this.#byKey = new LRUCache<string, Verdict>({ max, disposeAfter: (verdict) => this.#unlink(verdict) })
  }

  get size(): number {
    return this.#byKey.size
  }

  byKey(key: string): Verdict | undefined {
    return this.#byKey.get(key)
  }

  /** The verdict on a session of this user's; under its newest key, where it had several. */
  byId(id: string, user: string): Verdict | undefined {
    return this.#keys(user)
      .map((key) => this.#byKey.peek(key))
      .findLast((verdict) => verdict?.id === id)
  }

  /** Whether any session of this user was met here. */
  knows(user: string): boolean {
    return this.#keysOf.has(user)
  }

  /** Remembers a verdict under its key. */
  set(verdict: Verdict): void {
    this.#byKey.delete(verdict.key)
    if (verdict.state === 'live') verdict.userAgent = this.#shared(verdict.userAgent)
    this.#byKey.set(verdict.key, verdict)
    this.#link(verdict)
  }

  /** Forgets the live ones of these users; what is known to have ended stays. */
  deleteLive(users: ReadonlySet<string>): void {
    for (const key of [...users].flatMap((user) => this.#keys(user))) {
      if (this.#byKey.peek(key)?.state === 'live') this.#byKey.delete(key)
    }
  }

  delete(key: string): void {
    this.#byKey.delete(key)
  }

  #keys(user: string): string[] {
    const keys = this.#keysOf.get(user) ?? []
    return typeof keys === 'string' ? [keys] : [...keys]
  }

  #link({ user, key }: Verdict): void {
    const keys = this.#keysOf.get(user)
    if (keys === undefined) this.#keysOf.set(user, key)
    else if (typeof keys !== 'string') keys.add(key)
    else if (keys !== key) this.#keysOf.set(user, new Set([keys, key]))
  }

  #unlink({ user, key }: Verdict): void {
    const keys = this.#keysOf.get(user)
    if (keys instanceof Set) keys.delete(key)
    if (keys === key || (keys instanceof Set && keys.size === 0)) this.#keysOf.delete(user)
  }

  #shared(text: string | null): string | null {
    if (text === null) return null
    const known = this.#texts.get(text)
    if (known === undefined) this.#texts.set(text, text)
    return known ?? text
  }
}

/** How a record ended, or undefined while it is live. */
export function endingOf(record: SessionRecord): Ending | undefined {
  if (record.endedAt === null) return undefined
  return { reason: record.endReason ?? 'app', by: record.endedBy, at: record.endedAt }
}
