import { keyOf, type TestClient } from './clients.js'

/** A client that a session was used from, or may have been: the visit was sent. */
export interface UsedFrom {
  readonly client: TestClient
  /** When the first answer to a visit from here was complete, unix milliseconds; undefined before that. */
  answeredAt: number | undefined
  told: number
  /** Whether the process was killed between writing the change and telling it: then nobody tells it any more. */
  isLost: boolean
}

/** When a visit was sent, and its answer complete; unix milliseconds. */
export interface Visit {
  readonly sentAt: number
  readonly answeredAt: number
}

/** A session whose sign-in was answered, and all that its browser knows of it. */
export class KnownSession {
  /** Undefined until a list has told it. */
  id: string | undefined
  /** `ending`: an end was sent, and not answered so far. */
  state: 'live' | 'ending' | 'ended' = 'live'
  /** All but the one it began with. */
  readonly changes: UsedFrom[] = []
  /** Of this life of the process. */
  visits: Visit[] = []
  /** The record must have been seen at this time or later. */
  seenAtLeast = 0
  /** What the record said last. */
  lastSeenAt = 0

  constructor(
    readonly user: string,
    readonly cookie: string,
    readonly first: TestClient,
  ) {}

  get clients(): TestClient[] {
    return [this.first, ...this.changes.map(({ client }) => client)]
  }

  /** A visit from this client is about to be sent. */
  useFrom(client: TestClient): UsedFrom | undefined {
    if (keyOf(client) === keyOf(this.first)) return undefined
    const known = this.changes.find((one) => keyOf(one.client) === keyOf(client))
    if (known) return known
    const used = { client, answeredAt: undefined, told: 0, isLost: false }
    this.changes.push(used)
    return used
  }
}
