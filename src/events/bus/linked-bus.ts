import { setTimeout as delay } from 'node:timers/promises'
import { forLog, UserSessionsError } from '../../errors.js'
import { within } from '../../within.js'
import type { Bus } from '../bus.js'
import { callListener } from './call-listener.js'
import type { CheckedBusOptions } from './check-bus-options.js'
import { fitMessage } from './fit-message.js'
import type { Link, OpenLink } from './link.js'
import { Outbox } from './outbox.js'
import { pauseAfter } from './pause-after.js'

/** A connection that takes longer than this to open is given up, milliseconds. */
const OPENS_WITHIN = 5000
/** What was published just before a bus is closed has this long to leave. */
const LAST_WORDS = 1000
/** A connection that was lost sooner than this counts as a failure to connect. */
const STEADY = 5000

/** What a {@link LinkedBus} is made of. */
export interface LinkedBusParts {
  readonly name: string
  readonly open: OpenLink
  readonly options: Pick<CheckedBusOptions, 'pingInterval' | 'logger'>
}

interface Listener {
  hear(message: string): unknown
  up(): unknown
}

/** A bus that has one link at a time, looks whether it still stands, and opens another one when it does not. */
export class LinkedBus implements Bus {
  readonly name: string
  readonly #outbox: Outbox
  readonly #stop = new AbortController()
  #listener: Listener | undefined
  /** Only while it stands. */
  #link: Link | undefined
  #running: Promise<void> | undefined
  #closed: Promise<void> | undefined
  /** Whether the log has it that the bus is down. */
  #isToldDown = false
  #decide: () => void = () => {}
  /** Resolves when the first attempt to connect has come to something. */
  readonly #decided = new Promise<void>((resolve) => {
    this.#decide = resolve
  })

  constructor(private readonly parts: LinkedBusParts) {
    this.name = parts.name
    this.#outbox = new Outbox({
      send: async (messages) => {
        if (!this.#link) throw new Error('The connection is gone.')
        await this.#link.send(messages)
      },
      failed: (error) => this.#tellDown(error),
    })
  }

  get isUp(): boolean {
    return this.#link !== undefined && !this.#closed
  }

  publish(message: string): void {
    if (this.#closed) return
    if (this.#link) this.#outbox.push(fitMessage(message))
    else this.#outbox.lose()
    this.#running ??= this.#keepLinked()
  }

  async listen(hear: (message: string) => unknown, up: () => unknown): Promise<void> {
    if (this.#closed) throw new UserSessionsError('closed', `The ${this.name} bus is closed.`)
    if (this.#listener) throw new TypeError(`The ${this.name} bus has its listener: give each one a bus of its own.`)
    this.#listener = { hear, up }
    if (this.#link) this.#call(up)
    this.#running ??= this.#keepLinked()
    await this.#decided
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await within(this.#lastWords(), LAST_WORDS, { ref: true }).catch(() => {})
    this.#stop.abort(new Error('The bus is closed.'))
    await this.#running
    this.#decide()
  }

  async #lastWords(): Promise<void> {
    if (this.#outbox.isEmpty) return
    await this.#decided
    if (this.#link) await this.#outbox.flush()
  }

  async #keepLinked(): Promise<void> {
    let failures = 0
    while (!this.#stop.signal.aborted) {
      const began = performance.now()
      await this.#useOneLink()
      failures = performance.now() - began < STEADY + OPENS_WITHIN ? failures + 1 : 1
      await delay(pauseAfter(failures), undefined, { ref: false, signal: this.#stop.signal }).catch(() => {})
    }
  }

  /** Never rejects; resolves when the link is lost, or the bus closed. */
  async #useOneLink(): Promise<void> {
    const life = new AbortController()
    const { signal } = life
    const lost = (error: unknown) => {
      // A former link may have more to say when the next one stands.
      if (!signal.aborted) this.#link = undefined
      life.abort(error)
    }
    const stopped = () => lost(this.#stop.signal.reason)
    this.#stop.signal.addEventListener('abort', stopped)
    const link = this.parts.open({ lost, heard: (message) => signal.aborted || this.#hear(message) })
    try {
      // An app that waits for its start must not be ended by Node for having nothing else to do.
      await within(link.ready, OPENS_WITHIN, { signal, ref: true })
      this.#stands(link)
      await this.#watch(link, signal)
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#tellDown(signal.aborted ? signal.reason : error)
    } finally {
      // From here on nothing is heard of it.
      life.abort()
      this.#link = undefined
      this.#stop.signal.removeEventListener('abort', stopped)
      this.#decide()
      await link.close()
    }
  }

  #stands(link: Link): void {
    this.#link = link
    this.#decide()
    if (this.#listener && !this.#closed) this.#call(this.#listener.up)
    if (!this.#outbox.isEmpty) void this.#outbox.flush()
  }

  async #watch(link: Link, signal: AbortSignal): Promise<never> {
    const { pingInterval } = this.parts.options
    for (;;) {
      await delay(pingInterval, undefined, { ref: false, signal })
      await within(link.ping(), pingInterval, { signal })
      // Not before: behind some poolers a connection seems to stand, and hears nothing.
      if (this.#outbox.isEmpty) this.#tellBack()
      else void this.#outbox.flush()
    }
  }

  #hear(message: string): void {
    const listener = this.#listener
    if (listener && !this.#closed) this.#call(() => listener.hear(message))
  }

  #call(listener: () => unknown): void {
    callListener(listener, this.name, this.parts.options.logger)
  }

  #tellDown(error: unknown): void {
    if (this.#isToldDown) return
    this.#isToldDown = true
    const message = `usersessions: the ${this.name} bus is down; until it is back, processes learn of each other by asking storage`
    this.parts.options.logger.warn(message, forLog(error))
  }

  #tellBack(): void {
    if (!this.#isToldDown) return
    this.#isToldDown = false
    this.parts.options.logger.warn(`usersessions: the ${this.name} bus is back`)
  }
}
