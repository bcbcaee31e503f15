import { randomBytes } from 'node:crypto'
import { forLog } from '../errors.js'
import type { Config } from '../options.js'
import type { Ending, SessionRecord } from '../session.js'
import type { ChangeCursor, Storage } from '../storage/storage.js'
import { within } from '../within.js'

/** Ends are polled a little further back than the last poll, for clocks and commits that are late. */
const OVERLAP = 5_000

/** After a poll that failed, this long nobody tries again: requests must not queue up behind a storage that is away. */
const RETRY_AFTER = 1_000

/** While storage is away, a request waits this long for a poll at most: it may be back. Milliseconds. */
const DOWN_PATIENCE = 250

/** The name under which storage keeps the moment when everyone was signed out. */
export const EVERYONE = 'everyone'

/** The name under which storage keeps its own id. */
export const STORAGE_ID = 'storage_id'

/** What catching up needs. */
export interface ChangesParts {
  readonly storage: Pick<Storage, 'changedSince' | 'list' | 'meta'>
  readonly config: Pick<Config, 'clock' | 'logger'>
  /** How long an end elsewhere may go unnoticed, milliseconds; asked anew each time. */
  readonly maxStaleness: () => number
  /** Whether any session of this user was met here; the others need no reading. */
  readonly knows: (user: string) => boolean
  /** These were ended, here or elsewhere; may be told more than once. */
  readonly ended: (records: readonly SessionRecord[]) => void
  /** Something of these users' changed: what is remembered, or being looked up, of their live sessions may be wrong. */
  readonly changed: (users: ReadonlySet<string>) => void
  /** Everyone was signed out, here or elsewhere. */
  readonly endedEveryone: () => void
}

/**
 * Keeps this process true to what others ended: a poll at most once per `maxStaleness`, driven by traffic alone. Under
 * steady traffic it runs beside the requests; only the first request after a pause waits for it.
 */
export class Changes {
  #cursor: ChangeCursor | undefined
  #caughtUpAt = Number.NEGATIVE_INFINITY
  #failedAt = Number.NEGATIVE_INFINITY
  #isDown = false
  #running: Promise<void> | undefined
  #everyone: Ending | undefined
  #storageId = ''
  readonly #heard = new Set<string>()
  #isReading = false

  constructor(private readonly parts: ChangesParts) {}

  /** Names this storage in markers; another one after a restore. */
  get storageId(): string {
    return this.#storageId
  }

  /** When everyone was last signed out. */
  get everyone(): Ending | undefined {
    return this.#everyone
  }

  /** This process gave the storage another id. */
  renamedStorage(id: string): void {
    this.#storageId = id
  }

  /** Everyone was signed out, here or elsewhere. */
  endedEveryone(ending: Ending): void {
    this.#everyone = ending
    this.parts.endedEveryone()
  }

  /** Whether memory may be trusted now. Asks for more in the background before it may not. */
  fresh(): boolean {
    if (Math.abs(this.parts.config.clock() - this.#failedAt) < RETRY_AFTER) return true
    const age = this.#age()
    const maxStaleness = this.parts.maxStaleness()
    if (age > maxStaleness / 2 && age <= maxStaleness) void this.catchUp()
    return age <= maxStaleness
  }

  /** How long an end elsewhere may go unnoticed now, milliseconds. */
  get maxStaleness(): number {
    return this.parts.maxStaleness()
  }

  /** Whether what is known is older than promised: storage could not be asked. */
  get isStale(): boolean {
    return this.#age() > this.parts.maxStaleness()
  }

  /**
   * Learns where storage stands.
   *
   * @throws whatever storage throws: a system that cannot begin must say so
   */
  async start(): Promise<void> {
    this.#storageId = await this.#nameStorage()
    await this.#poll()
  }

  /** Waits until what others ended is known; not for long while storage is away. */
  async caughtUp(): Promise<void> {
    await this.#patiently(this.catchUp())
    // It may have joined a poll that began too long ago.
    if (!this.fresh()) await this.#patiently(this.catchUp())
  }

  async #patiently(poll: Promise<void>): Promise<void> {
    await (this.#isDown ? within(poll, DOWN_PATIENCE, { ref: true }).catch(() => {}) : poll)
  }

  /**
   * Asks for the storage's id: before it is inferred that a record was purged, since a storage that was emptied has another one.
   *
   * @throws whatever storage throws
   */
  async askStorageId(): Promise<string> {
    const before = this.#storageId
    const storageId = (await this.parts.storage.meta(STORAGE_ID)) ?? (await this.#nameStorage())
    // What this process did while it was reading stands.
    if (this.#storageId === before) this.#storageId = storageId
    return this.#storageId
  }

  /** Reads what others ended since. Never throws: with storage away, what is known stays. */
  catchUp(): Promise<void> {
    this.#running ??= this.#poll()
      .catch((error: unknown) => {
        this.#failedAt = this.parts.config.clock()
        this.#isDown = true
        this.parts.config.logger.warn('usersessions: could not ask storage what other processes ended', forLog(error))
      })
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }

  /**
   * Another process told that something of these users', or of everyone's, changed: what is remembered of them is forgotten at
   * once, so the next request looks for itself; what has ended is read beside.
   */
  hear(who: readonly string[] | 'everyone'): void {
    if (who === 'everyone') this.#catchUpAnew()
    else this.#hearOf(who)
  }

  #hearOf(users: readonly string[]): void {
    const known = users.filter(this.parts.knows)
    if (known.length === 0) return
    this.parts.changed(new Set(known))
    for (const user of known) this.#heard.add(user)
    if (!this.#isReading) void this.#readHeard()
  }

  /** A poll that is under way may have begun too early. */
  #catchUpAnew(): void {
    const running = this.#running
    if (running) void running.then(() => this.catchUp())
    else void this.catchUp()
  }

  async #readHeard(): Promise<void> {
    this.#isReading = true
    // What is added while this runs comes up, too.
    for (const user of this.#heard) {
      this.#heard.delete(user)
      try {
        await this.#readEnded(user, this.parts.config.clock() - OVERLAP)
      } catch (error) {
        this.parts.config.logger.warn('usersessions: could not read what another process ended', forLog(error))
      }
    }
    this.#isReading = false
  }

  async #readEnded(user: string, since: number): Promise<void> {
    this.parts.ended(await this.parts.storage.list(user, { endedSince: since }))
  }

  async #nameStorage(): Promise<string> {
    const fresh = randomBytes(16).toString('hex')
    return (await this.parts.storage.meta(STORAGE_ID, { value: fresh, ifAbsent: true })) ?? fresh
  }

  #age(): number {
    return Math.abs(this.parts.config.clock() - this.#caughtUpAt)
  }

  async #poll(): Promise<void> {
    const { storage, config, knows, changed } = this.parts
    const began = config.clock()
    const since = (Number.isFinite(this.#caughtUpAt) ? this.#caughtUpAt : began) - this.parts.maxStaleness() - OVERLAP
    const { cursor, users } = await storage.changedSince(this.#cursor)
    const everyone = readEnding(await storage.meta(EVERYONE))
    if (everyone && everyone.at > (this.#everyone?.at ?? Number.NEGATIVE_INFINITY)) this.endedEveryone(everyone)
    await this.askStorageId()
    for (const user of users.filter(knows)) await this.#readEnded(user, since)
    if (users.length > 0) changed(new Set(users))
    this.#cursor = cursor
    this.#caughtUpAt = began
    this.#isDown = false
  }
}

function readEnding(text: string | undefined): Ending | undefined {
  if (text === undefined) return undefined
  const { reason, by, at }: Ending = JSON.parse(text)
  return { reason, by, at }
}
