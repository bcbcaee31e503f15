import { forLog } from '../../errors.js'
import type { Config } from '../../options.js'
import type { SessionData, SessionRecord } from '../../session.js'
import type { Storage } from '../../storage/storage.js'
import { within } from '../../within.js'
import type { Parts } from '../parts.js'
import type { Call, Called, CascadeHandler, EndedSession, Handlers } from './handlers.js'
import { sweepUnsettled } from './sweep-unsettled.js'

/** The name under which storage keeps that some process has a cascade. */
const CASCADE = 'cascade'
/** An end waits so long for the first attempt, and closing for what is under way. Milliseconds. */
const LONGEST_WAIT = 2_000
/** Before each further attempt in this process. Milliseconds. */
const RETRY_DELAYS: readonly number[] = [1_000, 10_000]
/** Between two looks at what others left undone. Milliseconds. */
const SWEEP_INTERVAL = 60_000

/** What the use cases need of the cascade. */
export interface Cascading {
  /** Whether ends must mark the user: some process has a cascade. */
  readonly marks: boolean
  /**
   * Sessions of one user really ended, all with one end. Begins what follows; resolves after the first attempt, or when that
   * takes too long to be waited for. Never rejects.
   */
  ended(records: readonly SessionRecord[]): Promise<void>
}

/** A handler that failed as often as this process tries. */
export interface CascadeFailure<User, Data extends SessionData> extends EndedSession<User, Data> {
  readonly name: string
  readonly error: unknown
}

/** What the cascade stands on. */
export interface CascadeParts<User, Data extends SessionData> extends Pick<Parts, 'background'> {
  readonly config: Pick<Config, 'clock' | 'logger'>
  readonly storage: Pick<Storage, 'meta' | 'unsettled' | 'settled' | 'list'>
  readonly handlers: Handlers<User, Data>
  readonly failed: (failure: CascadeFailure<User, Data>) => void
}

/** Calls still to be made after one end, and how often again. */
interface Round {
  /** Of the end, all of them. */
  readonly records: readonly SessionRecord[]
  readonly calls: readonly Call[]
  readonly delays: readonly number[]
  /** Whether some call has been left out: then the mark stays. */
  readonly isCut: boolean
}

/**
 * What hangs on sessions goes when they end. The mark that an end left with the user is taken back once every handler has
 * done its part; until then, whatever becomes of this process, a sweep of any process does it over.
 */
export class Cascade<User, Data extends SessionData> implements Cascading {
  readonly #running = new Set<Promise<unknown>>()
  readonly #retries = new Set<NodeJS.Timeout>()
  #timer: NodeJS.Timeout | undefined
  #sweeping: Promise<void> | undefined
  #noting: Promise<void> | undefined
  #isNoted = false
  #isClosed = false

  constructor(private readonly parts: CascadeParts<User, Data>) {}

  get marks(): boolean {
    return this.#isNoted || this.parts.handlers.size > 0
  }

  /** Learns whether some process has a cascade. */
  async start(): Promise<void> {
    this.#isNoted = (await this.parts.storage.meta(CASCADE)) !== undefined
  }

  /**
   * Registers a handler.
   *
   * @returns a function that removes it
   * @throws TypeError for a name that is empty or taken, or a handler that is no function
   */
  register(name: string, handler: CascadeHandler<User, Data>): () => void {
    const { handlers, background } = this.parts
    const remove = handlers.add(name, handler)
    if (!this.#isClosed) {
      background('note that there is a cascade', this.#note())
      this.#timer ??= setInterval(() => this.sweep(), SWEEP_INTERVAL).unref()
    }
    return () => {
      remove()
      if (handlers.size === 0) this.#stopSweeping()
    }
  }

  async ended(records: readonly SessionRecord[]): Promise<void> {
    const { handlers } = this.parts
    if (records.length === 0 || handlers.size === 0 || this.#isClosed) return
    const round = { records, calls: handlers.callsFor(records), delays: RETRY_DELAYS, isCut: false }
    await within(this.#run(round), LONGEST_WAIT, { ref: true }).catch(() => {})
  }

  /** Does over, in the background, what has been left undone for a minute, by whatever process. */
  sweep(): void {
    const { handlers, storage, config, background } = this.parts
    if (handlers.size === 0 || this.#isClosed || this.#sweeping) return
    const callAll = async (records: readonly SessionRecord[]) => {
      const { failed, isCut } = await handlers.call(handlers.callsFor(records))
      return failed.length === 0 && !isCut && handlers.size > 0
    }
    this.#sweeping = this.#note()
      .then(() => sweepUnsettled({ storage, config }, callAll))
      .finally(() => {
        this.#sweeping = undefined
      })
    this.#running.add(this.#sweeping)
    background('sweep what hangs on ended sessions', this.#forgetting(this.#sweeping))
  }

  /** Stops all timers. What is under way may finish for a moment; the rest is left to a sweep. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopSweeping()
    for (const retry of this.#retries) clearTimeout(retry)
    if (this.#running.size > 0) {
      await within(Promise.allSettled(this.#running), LONGEST_WAIT, { ref: true }).catch(() => {})
    }
    this.parts.handlers.stop()
  }

  /** Never rejects. */
  #run(round: Round): Promise<void> {
    const { handlers, config } = this.parts
    const run = handlers
      .call(round.calls)
      .then((called) => this.#after(round, called))
      .catch((error: unknown) => config.logger.error('usersessions: a cascade failed', forLog(error)))
    this.#running.add(run)
    return this.#forgetting(run)
  }

  async #forgetting(work: Promise<void>): Promise<void> {
    try {
      await work
    } finally {
      this.#running.delete(work)
    }
  }

  #after({ records, delays, ...round }: Round, called: Called): void {
    const { handlers, storage, background } = this.parts
    const { failed } = called
    const isCut = round.isCut || called.isCut
    const [delay, ...later] = delays
    if (failed.length > 0 && delay !== undefined) {
      this.#later(delay, { records, calls: failed, delays: later, isCut })
      return
    }
    for (const call of failed) this.parts.failed({ ...handlers.present(call), name: call.name, error: call.error })
    const [first] = records
    if (failed.length > 0 || isCut || !first || first.endedAt === null) return
    const settled = storage.settled(first.userId, { endedAt: first.endedAt })
    background('note that nothing hangs on ended sessions any more', settled)
  }

  #later(delay: number, round: Round): void {
    if (this.#isClosed) return
    const timer = setTimeout(() => {
      this.#retries.delete(timer)
      void this.#run(round)
    }, delay).unref()
    this.#retries.add(timer)
  }

  /** So that ends of processes without a cascade, as those of a shell, mark their users, too. */
  #note(): Promise<void> {
    if (this.#isNoted) return Promise.resolve()
    this.#noting ??= this.parts.storage
      .meta(CASCADE, { value: 'registered', ifAbsent: true })
      .then(() => {
        this.#isNoted = true
      })
      .finally(() => {
        this.#noting = undefined
      })
    return this.#noting
  }

  #stopSweeping(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
