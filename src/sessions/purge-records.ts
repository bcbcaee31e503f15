import type { Parts } from './parts.js'

const CHUNK = 1000

/** What a purge may be told. */
export interface PurgeOptions {
  /** Told after each chunk how many there were so far. */
  readonly onProgress?: ((purged: number) => void) | undefined
  /** Asked after each full chunk whether to go on. Default is yes. */
  readonly goesOn?: () => Promise<boolean>
}

/**
 * Deletes records past their retention, in chunks so that nothing else waits long; safe side by side with others.
 *
 * @returns how many were deleted
 */
export async function purgeRecords(
  { storage, config }: Pick<Parts, 'storage' | 'config'>,
  { onProgress, goesOn = async () => true }: PurgeOptions = {},
): Promise<number> {
  const before = config.clock() - config.retention
  let purged = 0
  for (;;) {
    const chunk = await storage.purge(before, CHUNK)
    purged += chunk
    if (chunk > 0) onProgress?.(purged)
    if (chunk < CHUNK || !(await goesOn())) return purged
  }
}
