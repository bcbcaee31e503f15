import { chunks } from '../chunks.js'
import { type BulkStore, KEYS_AT_ONCE } from './bulk-store.js'

/** A store that offers `existing(keys)`, and perhaps `destroyMany(keys)`, for our sake: docs/session-stores.md. */
export function bulkOfItsOwn(store: object): BulkStore | undefined {
  if (!offersExisting(store)) return undefined
  return {
    async existing(keys) {
      const found = new Set<string>()
      for (const chunk of chunks(keys, KEYS_AT_ONCE)) {
        const answer = await store.existing(chunk)
        if (!(Array.isArray(answer) || answer instanceof Set)) {
          throw new TypeError("The session store's `existing` must answer an array or a Set of the keys that it has.")
        }
        for (const key of answer) found.add(String(key))
      }
      return found
    },
    ...(offersDestroyMany(store) && {
      async destroy(keys) {
        await store.destroyMany(keys)
      },
    }),
  }
}

function offersExisting(store: object): store is { existing(keys: readonly string[]): unknown } {
  return 'existing' in store && typeof store.existing === 'function'
}

function offersDestroyMany(store: object): store is { destroyMany(keys: readonly string[]): unknown } {
  return 'destroyMany' in store && typeof store.destroyMany === 'function'
}
