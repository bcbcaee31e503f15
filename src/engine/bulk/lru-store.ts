import type { BulkStore } from './bulk-store.js'
import { isPlainly } from './is-plainly.js'

/** memorystore keeps its sessions in an LRU cache, whose `has` knows what has expired and moves nothing. */
export function lruStore(store: object): BulkStore | undefined {
  if (!isPlainly(store, 'ids', 'startInterval') || !('store' in store)) return undefined
  const cache: unknown = store.store
  if (!isCache(cache)) return undefined
  return { existing: async (keys) => new Set(keys.filter((key) => cache.has(key))) }
}

function isCache(cache: unknown): cache is { has(key: string): boolean } {
  return typeof cache === 'object' && cache !== null && 'has' in cache && typeof cache.has === 'function'
}
