import { forLog } from '../errors.js'
import type { Ending, Logger } from '../session.js'

/** A session that something open hangs on. */
export interface Watched {
  readonly id: string
  readonly user: string
  readonly createdAt: number
  readonly expiresAt: number
}

type Listener = (ending: Ending) => void

interface Entry {
  session: Watched
  readonly listeners: Set<Listener>
}

/** What watching needs. */
export interface WatchesParts {
  readonly logger: Logger
  /** Told when the first one comes and when the last one has gone. */
  readonly changed: (isWatching: boolean) => void
}

/**
 * Who wants to hear when a session ends: open sockets, streams, requests under way. Each is told once, in this process, and
 * forgotten then; whoever goes before that must stop listening, and leaves nothing behind.
 */
export class Watches {
  readonly #entries = new Map<string, Entry>()
  readonly #ofUser = new Map<string, Set<Entry>>()

  constructor(private readonly parts: WatchesParts) {}

  /** How many listeners there are. */
  get size(): number {
    let size = 0
    for (const { listeners } of this.#entries.values()) size += listeners.size
    return size
  }

  /** @returns a function that stops listening; calling it again does no harm */
  add(session: Watched, listener: Listener): () => void {
    const entry = this.#entries.get(session.id) ?? this.#open(session)
    // Two of one function are two.
    const own: Listener = (ending) => listener(ending)
    entry.listeners.add(own)
    return () => {
      if (entry.listeners.delete(own) && entry.listeners.size === 0) this.#close(entry)
    }
  }

  /** Whether a session of this user's is watched. */
  knows(user: string): boolean {
    return this.#ofUser.has(user)
  }

  /** The watched sessions, all or those of some users. */
  sessions(users?: ReadonlySet<string>): Watched[] {
    const entries = users ? [...users].flatMap((user) => [...(this.#ofUser.get(user) ?? [])]) : this.#entries.values()
    return [...entries].map(({ session }) => session)
  }

  /** What is known of a watched session is now this. */
  refresh(session: Watched): void {
    const entry = this.#entries.get(session.id)
    if (entry) entry.session = session
  }

  /** A session ended: tells who listens. One that throws keeps none of the others from hearing. */
  ended(id: string, ending: Ending): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    const listeners = [...entry.listeners]
    entry.listeners.clear()
    this.#close(entry)
    for (const listener of listeners) {
      try {
        listener(ending)
      } catch (error) {
        this.parts.logger.error('usersessions: what watched a session failed when it ended', forLog(error))
      }
    }
  }

  #open(session: Watched): Entry {
    const entry = { session, listeners: new Set<Listener>() }
    this.#entries.set(session.id, entry)
    this.#ofUser.set(session.user, (this.#ofUser.get(session.user) ?? new Set()).add(entry))
    if (this.#entries.size === 1) this.parts.changed(true)
    return entry
  }

  #close(entry: Entry): void {
    const { id, user } = entry.session
    if (this.#entries.get(id) !== entry) return
    this.#entries.delete(id)
    const others = this.#ofUser.get(user)
    others?.delete(entry)
    if (others?.size === 0) this.#ofUser.delete(user)
    if (this.#entries.size === 0) this.parts.changed(false)
  }
}
