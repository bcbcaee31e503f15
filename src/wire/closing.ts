import type { Parts } from '../sessions/parts.js'
import { purgeRecords } from '../sessions/purge-records.js'

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
  const timer = setInterval(() => parts.background('purge records', purgeRecords(parts)), purgeInterval)
  timer.unref()
  return () => clearInterval(timer)
}
