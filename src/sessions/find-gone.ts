import { forLog } from '../errors.js'
import type { SessionRecord } from '../session.js'
import { isIssued } from './issued-key.js'
import type { Parts } from './parts.js'

/**
 * A sign-in or re-key is recorded a moment before its key is saved: one that was this fresh when its record was read is left
 * out, but not taken for gone.
 */
export const FRESH = 10_000

/**
 * The app's store says what it still has; of sessions that clients carry only the record's own end can tell.
 *
 * @param unknown told why a store could not say; then nothing of the stores' is gone. Default is to log it
 */
export async function findGone(
  parts: Parts,
  records: readonly SessionRecord[],
  unknown = (error: unknown): void =>
    parts.config.logger.warn('usersessions: the session store could not say which sessions it has', forLog(error)),
): Promise<Set<SessionRecord>> {
  const keyed = records.flatMap((record) => {
    const key = parts.keys.open(record.sealedKey)
    return key === undefined ? [] : [{ record, key }]
  })
  const now = parts.config.clock()
  const runOut = keyed.filter(({ record, key }) => isIssued(key) && record.expiresAt <= now)
  const ofStores = keyed.filter(({ key }) => !isIssued(key))
  const missing = await findMissing(parts, ofStores).catch((error: unknown) => {
    unknown(error)
    return []
  })
  return new Set([...runOut, ...missing].map(({ record }) => record))
}

/** Each store is asked only for what the ones before have not: of an app with two, each holds a part. */
async function findMissing<Keyed extends { readonly key: string }>(
  { engines }: Parts,
  keyed: readonly Keyed[],
): Promise<readonly Keyed[]> {
  const stores = [...engines].flatMap((engine) => (engine.authority === 'store' ? [engine] : []))
  if (stores.length === 0) return []
  let missing = keyed
  for (const store of stores) {
    if (missing.length === 0) break
    const found = await store.existing(missing.map(({ key }) => key))
    missing = missing.filter(({ key }) => !found.has(key))
  }
  return missing
}
