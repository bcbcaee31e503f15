import { POLL } from '../bus.js'

/** Messages that wait for those before them to be sent. */
const LONGEST_QUEUE = 1000

/** What an {@link Outbox} works with. */
export interface OutboxParts {
  /** Sends a batch. */
  send(messages: readonly string[]): Promise<void>
  /** A batch was lost. */
  failed(error: unknown): void
}

/**
 * Messages on their way out: what comes in one go is one batch, and one batch is under way at a time, so that a bus that
 * hangs costs a bounded amount of memory. What was lost is made up for by a single {@link POLL}.
 */
export class Outbox {
  #waiting: string[] = []
  #hasLost = false
  #isSending = false
  #sending: Promise<void> = Promise.resolve()

  constructor(private readonly parts: OutboxParts) {}

  /** Whether nothing waits, is under way or was lost. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && !this.#hasLost && !this.#isSending
  }

  push(message: string): void {
    if (this.#waiting.length >= LONGEST_QUEUE) this.lose()
    else this.#waiting.push(message)
    void this.flush()
  }

  /** A message, and what waits, will not be sent. */
  lose(): void {
    this.#waiting = []
    this.#hasLost = true
  }

  /** Sends what waits, and {@link POLL} if something was lost. Resolves when nothing is under way. Never rejects. */
  flush(): Promise<void> {
    if (!this.#isSending) {
      this.#isSending = true
      this.#sending = this.#send()
    }
    return this.#sending
  }

  async #send(): Promise<void> {
    // Those published in the same go come along.
    await undefined
    while (this.#hasLost || this.#waiting.length > 0) {
      const batch = this.#hasLost ? [POLL] : this.#waiting
      this.#waiting = []
      this.#hasLost = false
      try {
        await this.parts.send(batch)
      } catch (error) {
        this.lose()
        this.parts.failed(error)
        break
      }
    }
    this.#isSending = false
  }
}
