import type { Call } from './command.js'

const EVERY = 10_000
const SECOND = 1000

/** Tells of a count as it grows: each ten thousand, and each second. */
export function progress(
  call: Pick<Call, 'note'>,
  words: (count: string) => string,
  clock: () => number = () => performance.now(),
): (count: number) => void {
  let told = { count: 0, at: clock() }
  return (count) => {
    const at = clock()
    if (at - told.at < SECOND && Math.floor(count / EVERY) === Math.floor(told.count / EVERY)) return
    told = { count, at }
    call.note(words(count.toLocaleString('en')))
  }
}
