import type { Clock } from '../index.js'

/** A time that stands still until a test moves it. */
export interface FakeClock {
  /** Fits the `clock` option. Unix milliseconds. */
  readonly now: Clock
  /** Moves on by this many milliseconds. */
  advance(ms: number): void
}

/**
 * Makes a clock for tests.
 *
 * @param start unix milliseconds. Default is the real time of the call: session cookies go by the real time, and a clock far
 * ahead of it would find them expired
 * @throws TypeError for a time that is no number
 */
export function fakeClock(start: number = Date.now()): FakeClock {
  let time = checked(start)
  return {
    now: () => time,
    advance(ms) {
      time += checked(ms)
    },
  }
}

function checked(ms: number): number {
  if (!Number.isFinite(ms)) throw new TypeError(`A time in milliseconds is a number, not ${String(ms)}.`)
  return ms
}
