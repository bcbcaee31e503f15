import type { Reseal } from '../storage/storage.js'
import { livePages } from './live-pages.js'
import type { Parts } from './parts.js'

/** In one transaction, which holds up requests that meet the same records. */
const CHUNK = 100

/** What {@link resealAll} may be told. */
export interface ResealOptions {
  /** Told after each chunk how many there were so far. */
  readonly onProgress?: (resealed: number) => void
}

/** What {@link resealAll} did. */
export interface Resealed {
  /** How many are sealed with the first secret only now. */
  readonly resealed: number
  /** How many live sessions have a key that none of the secrets opens: to end one destroys nothing in the app's store. */
  readonly unopened: number
}

/**
 * Seals the keys of all live sessions with the first secret. A re-key or an end that comes in between wins.
 */
export async function resealAll(
  { storage, keys }: Pick<Parts, 'storage' | 'keys'>,
  { onProgress }: ResealOptions = {},
): Promise<Resealed> {
  let resealed = 0
  let unopened = 0
  for await (const page of livePages(storage)) {
    const batch = page.flatMap((record) => {
      const { userId, id, sealedKey: from } = record
      if (from === null || keys.isSealedByFirst(from)) return []
      const key = keys.open(from)
      if (key === undefined) unopened++
      return key === undefined ? [] : [{ userId, id, from, to: keys.seal(key) } satisfies Reseal]
    })
    for (let start = 0; start < batch.length; start += CHUNK) {
      resealed += await storage.reseal(batch.slice(start, start + CHUNK))
      onProgress?.(resealed)
    }
  }
  return { resealed, unopened }
}
