import { endingOf } from '../../activity/verdicts.js'
import { forLog } from '../../errors.js'
import type { Ending, Logger, SessionData, SessionRecord, UserSession } from '../../session.js'
import { type Presenter, present } from '../present.js'
import { Lane } from './lane.js'

/** So many calls of one handler run side by side. */
const AT_ONCE = 8
/** A call that takes longer has failed. Milliseconds. */
const HANDLER_TIMEOUT = 10_000

/** A session that ended, as {@link CascadeHandler} is told of it. */
export interface EndedSession<User = string, Data extends SessionData = SessionData> {
  readonly user: User
  readonly session: UserSession<User, Data>
  readonly ending: Ending
}

/**
 * Removes what hangs on a session that ended. It may be called more than once for one session, on any node, and so must be
 * idempotent. What it returns is awaited: when it throws or rejects, or takes longer than ten seconds, it is tried again.
 */
export type CascadeHandler<User = string, Data extends SessionData = SessionData> = (
  ended: EndedSession<User, Data>,
) => unknown

interface Handler<User, Data extends SessionData> {
  readonly call: CascadeHandler<User, Data>
  /** Of its own, so that one that hangs holds up no other. */
  readonly lane: Lane
}

/** One handler to be called for one session. */
export interface Call {
  readonly name: string
  readonly record: SessionRecord
  readonly ending: Ending
}

/** What became of calls. */
export interface Called {
  readonly failed: readonly (Call & { readonly error: unknown })[]
  /** Whether some were not made, or not waited for: their handler is gone, or the system closed. */
  readonly isCut: boolean
}

type Outcome = 'done' | 'cut' | { readonly error: unknown }

/** The handlers of a cascade by name, and how they are called. */
export class Handlers<User, Data extends SessionData> {
  readonly #handlers = new Map<string, Handler<User, Data>>()
  readonly #cuts = new Set<() => void>()
  #isStopped = false

  constructor(
    private readonly logger: Logger,
    private readonly presenter: Presenter<User, Data>,
  ) {}

  get size(): number {
    return this.#handlers.size
  }

  /**
   * @returns a function that removes it
   * @throws TypeError for a name that is empty or taken, or a handler that is no function
   */
  add(name: string, call: CascadeHandler<User, Data>): () => void {
    if (typeof name !== 'string' || name === '') throw new TypeError('A cascade needs a name.')
    if (typeof call !== 'function') throw new TypeError(`The handler of the cascade '${name}' must be a function.`)
    if (this.#handlers.has(name)) throw new TypeError(`There is a cascade '${name}' already.`)
    const handler = { call, lane: new Lane(AT_ONCE) }
    this.#handlers.set(name, handler)
    return () => {
      if (this.#handlers.get(name) === handler) this.#handlers.delete(name)
    }
  }

  /** Every handler for each of these sessions. */
  callsFor(records: readonly SessionRecord[]): Call[] {
    return [...this.#handlers.keys()].flatMap((name) =>
      records.flatMap((record) => {
        const ending = endingOf(record)
        return ending ? [{ name, record, ending }] : []
      }),
    )
  }

  /** Makes calls, each once. Resolves when all have come to an end; never rejects. */
  async call(calls: readonly Call[]): Promise<Called> {
    const outcomes = await Promise.all(calls.map(async (call) => ({ call, outcome: await this.#inLane(call) })))
    return {
      failed: outcomes.flatMap(({ call, outcome }) => (typeof outcome === 'object' ? [{ ...call, ...outcome }] : [])),
      isCut: outcomes.some(({ outcome }) => outcome === 'cut'),
    }
  }

  /** A session as the app sees it. */
  present({ record, ending }: Call): EndedSession<User, Data> {
    const session = present(this.presenter, record)
    return { user: session.user, session, ending }
  }

  /** No call is made or waited for any more. */
  stop(): void {
    this.#isStopped = true
    for (const cut of this.#cuts) cut()
  }

  async #inLane(call: Call): Promise<Outcome> {
    const { name, record } = call
    const handler = this.#handlers.get(name)
    if (!handler) return 'cut'
    const outcome = await handler.lane.run(() => this.#attempt(handler, call))
    if (typeof outcome === 'object') {
      this.logger.error(`usersessions: the cascade '${name}' failed for session ${record.id}`, forLog(outcome.error))
    }
    return outcome
  }

  #attempt(handler: Handler<User, Data>, call: Call): Promise<Outcome> {
    if (this.#isStopped) return Promise.resolve('cut')
    return new Promise<Outcome>((resolve) => {
      const settle = (outcome: Outcome) => {
        clearTimeout(timer)
        this.#cuts.delete(cut)
        resolve(outcome)
      }
      const cut = () => settle('cut')
      const hangs = new Error(`It took longer than ${HANDLER_TIMEOUT / 1000} seconds.`)
      const timer = setTimeout(() => settle({ error: hangs }), HANDLER_TIMEOUT).unref()
      this.#cuts.add(cut)
      // A handler that throws at once is as one that rejects.
      const called = new Promise((done) => done(handler.call(this.present(call))))
      called.then(
        () => settle('done'),
        (error: unknown) => settle({ error }),
      )
    })
  }
}
