const FIRST = 100
const LONGEST = 5000

/**
 * Milliseconds to wait after this many failures in a row: doubled each time, at most five seconds, and up to half of it left
 * to chance, so that the processes of an app do not come back all at once.
 */
export function pauseAfter(failures: number): number {
  return Math.min(LONGEST, FIRST * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
}
