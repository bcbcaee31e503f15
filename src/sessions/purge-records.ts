import type { Parts } from './parts.js'

const CHUNK = 1000

/**
 * Deletes records past their retention, in chunks so that nothing else waits long; safe side by side with others.
 *
 * @param progress told after each chunk how many there were so far
 * @returns how many were deleted
 */
export async function purgeRecords(
  { storage, config }: Pick<Parts, 'storage' | 'config'>,
  progress?: (purged: number) => void,
): Promise<number> {
  const before = config.clock() - config.retention
  let purged = 0
  for (;;) {
    const chunk = await storage.purge(before, CHUNK)
    purged += chunk
    if (chunk > 0) progress?.(purged)
    if (chunk < CHUNK) return purged
  }
}
