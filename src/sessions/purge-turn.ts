import { randomUUID } from 'node:crypto'
import type { Parts } from './parts.js'
import { purgeRecords } from './purge-records.js'

/** Which process purges, and since when: `<unix milliseconds> <id of the process>`. */
export const PURGE_TURN = 'purge_turn'

/**
 * The scheduled purge of one process. Of all that share the storage, one purges per `purgeInterval`: whoever wrote the turn
 * last keeps it as long as they renew it. One that died does not, and after an interval another takes over.
 */
export class PurgeTurn {
  readonly #parts: Pick<Parts, 'storage' | 'config'>
  readonly #id = randomUUID()
  #turn: string | undefined
  #isRunning = false
  #isStopped = false

  constructor(parts: Pick<Parts, 'storage' | 'config'>) {
    this.#parts = parts
  }

  /** @returns how many were deleted: 0 when it is another's turn, or the purge before still runs */
  async purge(): Promise<number> {
    if (this.#isRunning) return 0
    this.#isRunning = true
    try {
      return (await this.#take()) ? await purgeRecords(this.#parts, { goesOn: () => this.#keep() }) : 0
    } finally {
      this.#isRunning = false
    }
  }

  /** One that runs ends with the chunk it is at. */
  stop(): void {
    this.#isStopped = true
  }

  async #take(): Promise<boolean> {
    const { storage } = this.#parts
    const stored = await storage.meta(PURGE_TURN)
    if (stored !== undefined && stored !== this.#turn && this.#isHeld(stored)) return false
    return this.#write(stored)
  }

  /** A purge that takes long is still this process's turn; when another took it for dead, one of them is enough. */
  async #keep(): Promise<boolean> {
    if (this.#isStopped) return false
    const isFresh = this.#age(this.#turn) < this.#parts.config.purgeInterval / 4
    return isFresh || this.#write(this.#turn)
  }

  async #write(from: string | undefined): Promise<boolean> {
    const { storage, config } = this.#parts
    const value = `${config.clock()} ${this.#id}`
    const stored = await storage.meta(PURGE_TURN, from === undefined ? { value, ifAbsent: true } : { value, from })
    this.#turn = stored === value ? value : undefined
    return stored === value
  }

  #isHeld(turn: string): boolean {
    return this.#age(turn) < this.#parts.config.purgeInterval
  }

  /** Of a time ahead, too: a clock that was once wrong must not keep everybody from purging. */
  #age(turn = ''): number {
    const at = Number.parseInt(turn, 10)
    return Number.isNaN(at) ? Number.POSITIVE_INFINITY : Math.abs(this.#parts.config.clock() - at)
  }
}
