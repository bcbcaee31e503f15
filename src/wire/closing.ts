import type { Parts } from '../sessions/parts.js'
import { PurgeTurn } from '../sessions/purge-turn.js'

/** The first look comes sooner than an interval, or processes that are often replaced would never purge. Milliseconds. */
const FIRST_LOOK = 60_000
/** Beyond it, a timer of Node fires at once (https://nodejs.org/api/timers.html). Milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

/** What is closed besides the storage. */
interface Closable {
  close(): Promise<void>
}

/** Closes what was opened, after a last piece of work; however often it is asked. */
export function closing(parts: Parts, others: readonly Closable[]): (last: () => Promise<void>) => Promise<void> {
  const stopPurging = purgeNowAndThen(parts)
  let closed: Promise<void> | undefined
  const close = async (last: () => Promise<void>) => {
    stopPurging()
    try {
      await last()
      parts.tracker.stop()
      for (const other of others) await other.close()
    } finally {
      await parts.storage.close()
    }
  }
  return (last) => {
    closed ??= close(last)
    return closed
  }
}

function purgeNowAndThen(parts: Parts): () => void {
  const { purgeInterval } = parts.config
  if (purgeInterval === 0) return () => {}
  const turn = new PurgeTurn(parts)
  const look = () => parts.background('purge records', turn.purge())
  const first = setTimeout(look, Math.min(purgeInterval, FIRST_LOOK)).unref()
  const timer = setInterval(look, Math.min(purgeInterval, LONGEST_TIMER)).unref()
  return () => {
    turn.stop()
    clearTimeout(first)
    clearInterval(timer)
  }
}
