import type { Clock, SessionRecord } from '../../session.js'
import { ERASED_KEPT } from '../changes.js'
import type { Which } from '../storage.js'

/** A record and what only the storage knows of it. */
export interface MemoryEntry {
  record: SessionRecord
  endId: string | null
}

/** Everything kept on one user. */
export interface MemoryUser {
  readonly entries: Map<string, MemoryEntry>
  /** Record ids by key, see {@link keyOf}. */
  readonly keys: Map<string, string>
  changedAt: number
  blocked: boolean
  /** Set while only the news of an erasure is left of the user. */
  erasedAt: number | null
  /** How many ends have yet to be settled, and the time of the first. */
  unsettled: number
  unsettledSince: number | null
}

/** All users of one memory storage. */
export class MemoryUsers {
  readonly #users = new Map<string, MemoryUser>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(userId: string): MemoryUser | undefined {
    return this.#users.get(userId)
  }

  getOrAdd(userId: string): MemoryUser {
    const known = this.#users.get(userId)
    if (known) return known
    const user: MemoryUser = {
      entries: new Map(),
      keys: new Map(),
      changedAt: 0,
      blocked: false,
      erasedAt: null,
      unsettled: 0,
      unsettledSince: null,
    }
    this.#users.set(userId, user)
    return user
  }

  all(): IterableIterator<[string, MemoryUser]> {
    return this.#users.entries()
  }

  /** Notes that something of the user's ended: never the same time twice, so that no poll takes it for seen. */
  bump(user: MemoryUser): void {
    user.changedAt = Math.max(user.changedAt + 1, this.#clock())
    user.erasedAt = null
  }

  /** Gives the records of one user to another, but for those whose key that one has. */
  move(from: string, to: string): number {
    const source = this.getOrAdd(from)
    const target = this.getOrAdd(to)
    let count = 0
    for (const [key, id] of source.keys) {
      const entry = source.entries.get(id)
      if (!entry || target.keys.has(key)) continue
      source.keys.delete(key)
      source.entries.delete(id)
      entry.record = { ...entry.record, userId: to }
      target.keys.set(key, id)
      target.entries.set(id, entry)
      count++
    }
    this.bump(source)
    this.bump(target)
    moveMarks(source, target)
    return count
  }

  /** Forgets all on a user but that something changed, which other readers have yet to learn. */
  erase(userId: string): number {
    const user = this.#users.get(userId)
    if (!user) return 0
    const count = user.entries.size
    user.entries.clear()
    user.keys.clear()
    user.blocked = false
    this.bump(user)
    user.erasedAt = this.#clock()
    return count
  }

  /** Forgets erased users for good, once every reader had the time to learn of it. */
  forgetErased(): void {
    const before = this.#clock() - ERASED_KEPT
    for (const [userId, { erasedAt }] of this.#users) {
      if (erasedAt !== null && erasedAt < before) this.#users.delete(userId)
    }
  }
}

/** A key hash as a map key. */
export function keyOf(keyHash: Uint8Array): string {
  return Buffer.from(keyHash).toString('base64')
}

/** The entries of a user that `which` names. */
export function chosen(user: MemoryUser, which: Which): MemoryEntry[] {
  const entries = [...user.entries.values()]
  if (which === 'all') return entries
  if ('ids' in which) {
    const ids = new Set(which.ids)
    const keys = which.underKeys && new Set(which.underKeys.map(keyOf))
    return entries.filter(({ record }) => ids.has(record.id) && (keys?.has(keyOf(record.keyHash)) ?? true))
  }
  const except = new Set(which.except)
  return entries.filter(({ record }) => !except.has(record.id))
}

/** What has yet to be settled goes with the sessions it is about. */
function moveMarks(source: MemoryUser, target: MemoryUser): void {
  if (source.unsettledSince === null) return
  target.unsettled += source.unsettled
  target.unsettledSince = Math.min(target.unsettledSince ?? source.unsettledSince, source.unsettledSince)
  source.unsettled = 0
  source.unsettledSince = null
}
