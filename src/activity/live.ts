import type { SeenClient, SessionRecord } from '../session.js'

/** What most sessions never have: hints, and more clients than one. */
interface Rare {
  hints: string | null
  knownClients: string | null
  stored: SeenClient | undefined
}

/**
 * A live session as this process remembers it: as many of them as `cacheSize`, so each byte of it counts. The tracker and the
 * follower of clients move its activity.
 */
export class Live {
  readonly id: string
  readonly user: string
  readonly key: string
  readonly createdAt: number
  ip: string | null
  userAgent: string | null
  lastSeenAt: number
  expiresAt: number
  /** How far storage is behind with the two times above, milliseconds. */
  unwrittenSeen = 0
  unwrittenExpiry = 0
  #rare: Rare | undefined

  constructor(record: SessionRecord, key: string) {
    this.id = record.id
    this.user = record.userId
    this.key = key
    this.createdAt = record.createdAt
    this.ip = record.ip
    this.userAgent = record.userAgent
    this.lastSeenAt = record.lastSeenAt
    this.expiresAt = record.expiresAt
    if (record.hints !== null || record.knownClients !== null) {
      this.#rare = { hints: record.hints, knownClients: record.knownClients, stored: undefined }
    }
  }

  get state(): 'live' {
    return 'live'
  }

  get hints(): string | null {
    return this.#rare?.hints ?? null
  }

  /** The clients it was lately used from, as storage has them. */
  get knownClients(): string | null {
    return this.#rare?.knownClients ?? null
  }

  set knownClients(text: string | null) {
    this.#own().knownClients = text
  }

  /** The client that storage has, where it is behind. */
  get stored(): SeenClient | undefined {
    return this.#rare?.stored
  }

  set stored(client: SeenClient | undefined) {
    this.#own().stored = client
  }

  /** It was seen with this client. */
  moveTo({ ip, userAgent, hints }: SeenClient): void {
    this.ip = ip
    this.userAgent = userAgent
    if (hints !== this.hints) this.#own().hints = hints
  }

  #own(): Rare {
    this.#rare ??= { hints: null, knownClients: null, stored: undefined }
    return this.#rare
  }
}
