/** The injected time: it stands still until it is moved. */
export interface FakeClock {
  now(): number
  /** Moves on by this many milliseconds. */
  advance(ms: number): void
}

/** @param start unix milliseconds */
export function fakeClock(start = Date.UTC(2026, 0, 15, 12)): FakeClock {
  let time = start
  return {
    now: () => time,
    advance: (ms) => {
      time += ms
    },
  }
}
