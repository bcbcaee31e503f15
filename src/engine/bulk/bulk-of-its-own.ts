import { chunks } from '../chunks.js'
import { type BulkStore, KEYS_AT_ONCE } from './bulk-store.js'

/** A store that offers `existing(keys)`, and perhaps `destroyMany(keys)`, for our sake: docs/session-stores.md. */
export function bulkOfItsOwn(store: object): BulkStore | undefined {
  if (!offersExisting(store)) return undefined
  return {
    async existing(keys) {
      const found = new Set<string>()
      for (const chunk of chunks(keys, KEYS_AT_ONCE)) {
        for (const key of keysIn(await store.existing(chunk))) found.add(key)
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

function keysIn(answer: unknown): string[] {
  const keys: unknown[] | undefined = Array.isArray(answer) || answer instanceof Set ? [...answer] : undefined
  if (keys?.every((key) => typeof key === 'string')) return keys
  throw new TypeError("The session store's `existing` must answer an array or a Set of the keys that it has.")
}

function offersExisting(store: object): store is { existing(keys: readonly string[]): unknown } {
  return 'existing' in store && typeof store.existing === 'function'
}

function offersDestroyMany(store: object): store is { destroyMany(keys: readonly string[]): unknown } {
  return 'destroyMany' in store && typeof store.destroyMany === 'function'
}
