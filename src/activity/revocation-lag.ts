/** So many of the latest are kept. */
const KEPT = 1024

/** How long ends elsewhere took to be known here, milliseconds; see {@link RevocationLag}. */
export interface RevocationLagFigures {
  /** How many since this process began. */
  readonly count: number
  /** Of the latest thousand; null when there was none. */
  readonly median: number | null
  readonly p99: number | null
  readonly max: number | null
}

/**
 * Measures how long it takes until an end that another process made is known here: from the ended record's own time to when this
 * process refuses it. The clocks of two machines are compared, so it is true to within what they differ.
 */
export class RevocationLag {
  readonly #latest: number[] = []
  #count = 0

  /** An end of this time has just become known. */
  measured(endedAt: number, now: number): void {
    this.#latest[this.#count % KEPT] = Math.max(0, now - endedAt)
    this.#count++
  }

  get figures(): RevocationLagFigures {
    const sorted = this.#latest.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null
    return { count: this.#count, median: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? null }
  }
}
