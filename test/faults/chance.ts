/** Chance that comes out the same for the same seed (Mulberry32). */
export class Chance {
  #state: number

  constructor(readonly seed: number) {
    this.#state = seed
  }

  /** From 0 to 1, 1 not included. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number below this one. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  /** One of these; undefined when there are none. */
  of<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)]
  }
}
