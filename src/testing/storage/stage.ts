import { createHash, randomUUID } from 'node:crypto'
import type { Clock, EndReason, SessionRecord } from '../../session.js'
import type { Cap, EndHow, NewRecord, RekeyTo, Storage } from '../../storage/storage.js'

/** Opens a storage that holds nothing. `clock` is the time it must go by. */
export type OpenTestStorage = (options: { readonly clock: Clock }) => Promise<Storage> | Storage

/** One law of a contract, for any test runner. */
export interface ContractCase {
  readonly title: string
  run(): Promise<void>
}

/** A law as the suites write it. */
export type Law = readonly [title: string, run: (stage: Stage) => Promise<void>]

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** A storage under test, a clock that only the test moves, and short words for what the laws need. */
export class Stage {
  now = 1_800_000_000_000
  #made = 0

  constructor(readonly storage: Storage) {}

  /** A key's hash. */
  hash(key: string): Uint8Array {
    return new Uint8Array(createHash('sha256').update(key).digest())
  }

  /** A UUIDv7 at the clock's time; later ones sort later. */
  id(): string {
    const time = this.now.toString(16).padStart(12, '0')
    const count = (this.#made++).toString(16).padStart(15, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count.slice(0, 3)}-8${count.slice(3, 6)}-${count.slice(6)}000`
  }

  /** A record that nobody has seen yet. */
  fresh(userId: string, changes: Partial<NewRecord> = {}): NewRecord {
    const id = this.id()
    const { now } = this
    return {
      id,
      userId,
      keyHash: this.hash(`key of ${id}`),
      sealedKey: new Uint8Array([1, 2, 3]),
      ip: '203.0.113.7',
      userAgent: 'Agent/1.0',
      hints: null,
      createdAt: now,
      lastSeenAt: now,
      authenticatedAt: now,
      expiresAt: now + HOUR,
      name: null,
      data: null,
      ...changes,
    }
  }

  /** Records a fresh session, a millisecond after the one before, and returns it. */
  async signIn(userId: string, changes: Partial<NewRecord> = {}, cap?: Cap): Promise<SessionRecord> {
    this.now++
    const recorded = await this.storage.record(this.fresh(userId, changes), cap)
    if (recorded.outcome !== 'recorded') throw new Error(`The session was not recorded: ${recorded.outcome}.`)
    return recorded.record
  }

  /** How to end now. */
  how(reason: EndReason = 'other-session', changes: Partial<EndHow> = {}): EndHow {
    return { reason, by: 'somebody', at: this.now, endingId: randomUUID(), ...changes }
  }

  /** A cap whose evictions end now. */
  cap(max: number): Cap {
    return { max, ending: { reason: 'limit', by: null, at: this.now } }
  }

  /** The ids of a user's live sessions, newest first. */
  async liveIds(userId: string): Promise<string[]> {
    return (await this.storage.list(userId)).map(({ id }) => id)
  }

  /** Where a re-key goes: a fresh key, and an id for the tombstone. */
  next(key: string): RekeyTo {
    return { keyHash: this.hash(key), sealedKey: new Uint8Array([9]), at: this.now, tombstoneId: this.id() }
  }
}
