import { LRUCache } from 'lru-cache'
import type { Ending, SessionRecord } from '../session.js'

/** A live session as this process remembers it. The tracker moves its activity fields. */
export interface Live {
  readonly state: 'live'
  readonly id: string
  readonly user: string
  readonly key: string
  readonly createdAt: number
  ip: string | null
  userAgent: string | null
  lastSeenAt: number
  expiresAt: number
  /** What storage has of the two times above. */
  writtenLastSeenAt: number
  writtenExpiresAt: number
}

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
  return {
    state: 'live',
    id: record.id,
    user: record.userId,
    key,
    createdAt: record.createdAt,
    ip: record.ip,
    userAgent: record.userAgent,
    lastSeenAt: record.lastSeenAt,
    expiresAt: record.expiresAt,
    writtenLastSeenAt: record.lastSeenAt,
    writtenExpiresAt: record.expiresAt,
  }
}

/** What this process knows of session keys, bounded: the least recently used go first. */
export class Verdicts {
  readonly #byKey: LRUCache<string, Verdict>
  readonly #keyOf = new Map<string, string>()
  readonly #keysOf = new Map<string, Set<string>>()

  constructor(max: number) {
    this.#byKey = new LRUCache<string, Verdict>({ max, disposeAfter: (verdict) => this.#unlink(verdict) })
  }

  get size(): number {
    return this.#byKey.size
  }

  byKey(key: string): Verdict | undefined {
    return this.#byKey.get(key)
  }

  byId(id: string): Verdict | undefined {
    const key = this.#keyOf.get(id)
    return key === undefined ? undefined : this.#byKey.peek(key)
  }

  /** Whether any session of this user was met here. */
  knows(user: string): boolean {
    return this.#keysOf.has(user)
  }

  /** Remembers a verdict under its key. */
  set(verdict: Verdict): void {
    this.#byKey.delete(verdict.key)
    this.#byKey.set(verdict.key, verdict)
    this.#keyOf.set(verdict.id, verdict.key)
    this.#keysOf.set(verdict.user, (this.#keysOf.get(verdict.user) ?? new Set()).add(verdict.key))
  }

  /** Forgets the live ones of these users; what is known to have ended stays. */
  deleteLive(users: ReadonlySet<string>): void {
    for (const key of [...users].flatMap((user) => [...(this.#keysOf.get(user) ?? [])])) {
      if (this.#byKey.peek(key)?.state === 'live') this.#byKey.delete(key)
    }
  }

  delete(key: string): void {
    this.#byKey.delete(key)
  }

  #unlink(verdict: Verdict): void {
    if (this.#keyOf.get(verdict.id) === verdict.key) this.#keyOf.delete(verdict.id)
    const keys = this.#keysOf.get(verdict.user)
    keys?.delete(verdict.key)
    if (keys?.size === 0) this.#keysOf.delete(verdict.user)
  }
}

/** How a record ended, or undefined while it is live. */
export function endingOf(record: SessionRecord): Ending | undefined {
  if (record.endedAt === null) return undefined
  return { reason: record.endReason ?? 'app', by: record.endedBy, at: record.endedAt }
}
