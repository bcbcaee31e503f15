import type { BulkStore } from './bulk-store.js'

/**
 * Trusts a look-up in bulk once it has found a key. Until then, what it does not find is asked for with the store's own `get`:
 * a store that keeps its keys in another way than we know must not make every session look gone.
 */
export function provenStore(bulk: BulkStore, byGet: BulkStore): BulkStore {
  let isProven = false
  return {
    ...bulk,
    async existing(keys) {
      const found = await bulk.existing(keys)
      isProven ||= keys.some((key) => found.has(key))
      return isProven ? found : byGet.existing(keys)
    },
  }
}
