import type { Logger } from '../session.js'

/** Something to be done until it succeeds, a bounded number of times. */
export interface Job {
  /** Rejects when it should be tried again. */
  run(): Promise<void>
  /** Which session it is about, for the log. */
  readonly sessionId: string
}

/** Runs `run` once after `ms` milliseconds, without keeping the process alive; returns how to call it off. */
export type SetTimer = (run: () => void, ms: number) => () => void

/** What {@link createDelivery} works with. */
export interface DeliveryParts {
  readonly logger: Logger
  readonly setTimer: SetTimer
}

/** Does jobs in the background. */
export interface Delivery {
  /** Never throws, never waits. */
  push(job: Job): void
  /** Tries what waits once more, now; resolves when all is done, or after `ms` milliseconds at the latest. */
  close(ms: number): Promise<void>
}

/** Milliseconds before each further try. */
const RETRY_AFTER = [5_000, 30_000, 120_000]
/** Longer than the timeouts of a transport we load ourselves: a try given up early might still be delivered. */
const TRY_LASTS = 60_000
const SIDE_BY_SIDE = 4
const LONGEST_QUEUE = 1_000

/**
 * Makes a queue of jobs with bounded length, bounded parallelism and bounded retries. A server that is down or silent
 * costs memory and sockets up to those bounds, and nobody's time.
 */
export function createDelivery(parts: DeliveryParts): Delivery {
  return new Queue(parts)
}

interface Entry {
  readonly job: Job
  failures: number
}

class Queue implements Delivery {
  readonly #ready: Entry[] = []
  /** Those that failed, with the way to call off their next try. */
  readonly #resting = new Map<Entry, () => void>()
  #running = 0
  #closing = false
  #dropped = false
  #idle: () => void = () => {}

  constructor(private readonly parts: DeliveryParts) {}

  push(job: Job): void {
    if (this.#ready.length + this.#resting.size < LONGEST_QUEUE) {
      this.#dropped = false
      this.#ready.push({ job, failures: 0 })
      this.#next()
    } else if (!this.#dropped) {
      this.#dropped = true
      this.parts.logger.error(`${LONGEST_QUEUE} mails wait to be sent; further ones are dropped until some are.`)
    }
  }

  async close(ms: number): Promise<void> {
    this.#closing = true
    for (const [entry, callOff] of this.#resting) {
      callOff()
      this.#ready.push(entry)
    }
    this.#resting.clear()
    const done = new Promise<void>((resolve) => {
      this.#idle = resolve
    })
    this.#next()
    // Not `setTimer`: this one must keep the process alive, or closing would end before the mails are out.
    let timeout: NodeJS.Timeout | undefined
    await Promise.race([
      done,
      new Promise<void>((resolve) => {
        timeout = setTimeout(resolve, ms)
      }),
    ])
    clearTimeout(timeout)
    const left = this.#ready.splice(0).length + this.#running
    if (left > 0) this.parts.logger.error(`Closed with ${left} mails not sent.`)
  }

  #next(): void {
    while (this.#running < SIDE_BY_SIDE) {
      const entry = this.#ready.shift()
      if (entry === undefined) break
      this.#running += 1
      void this.#attempt(entry)
    }
    if (this.#running === 0) this.#idle()
  }

  async #attempt(entry: Entry): Promise<void> {
    try {
      // Not before the one who pushed has gone on.
      const work = Promise.resolve().then(() => entry.job.run())
      await withTimeout(work, TRY_LASTS, this.parts.setTimer)
    } catch (error) {
      this.#failed(entry, error)
    }
    this.#running -= 1
    this.#next()
  }

  #failed(entry: Entry, error: unknown): void {
    const details = { sessionId: entry.job.sessionId, error }
    const pause = RETRY_AFTER[entry.failures]
    entry.failures += 1
    if (pause === undefined || this.#closing || isPermanent(error)) {
      this.parts.logger.error(`A security mail could not be sent, after ${entry.failures} tries.`, details)
      return
    }
    this.parts.logger.warn(`A security mail could not be sent; it is tried again in ${pause / 1000} s.`, details)
    const callOff = this.parts.setTimer(() => {
      this.#resting.delete(entry)
      this.#ready.push(entry)
      this.#next()
    }, pause)
    this.#resting.set(entry, callOff)
  }
}

/** RFC 5321 section 4.2.1: a 5yz reply must not be tried again as it is. nodemailer hands it over as `responseCode`. */
function isPermanent(error: unknown): boolean {
  if (!(error instanceof Error) || !('responseCode' in error)) return false
  return typeof error.responseCode === 'number' && error.responseCode >= 500
}

async function withTimeout(work: Promise<void>, ms: number, setTimer: SetTimer): Promise<void> {
  let callOff = () => {}
  const timeout = new Promise<never>((_resolve, reject) => {
    callOff = setTimer(() => reject(new Error(`No answer within ${ms / 1000} s.`)), ms)
  })
  try {
    await Promise.race([work, timeout])
  } finally {
    callOff()
  }
}
