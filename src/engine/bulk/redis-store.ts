import { askEach } from './ask-each.js'
import { type BulkStore, KEYS_AT_ONCE } from './bulk-store.js'
import { isPlainly } from './is-plainly.js'

interface RedisClient {
  /** Version 9 hands on the app's own client; 7 and 8 wrap it, and leave this out. */
  exists?(key: string): Promise<unknown>
  get(key: string): Promise<unknown>
  del(key: string): Promise<unknown>
}

/**
 * connect-redis 7, 8 and 9. One command a key, all written at once: clients pipeline them, and no cluster complains of keys in
 * different slots. Its `ids` and `all` scan the whole server.
 */
export function redisStore(store: object): BulkStore | undefined {
  if (!isRedisStore(store)) return undefined
  return {
    existing(keys) {
      const { client, prefix } = store
      return askEach(keys, KEYS_AT_ONCE, (key) => holds(client, prefix + key))
    },
    async destroy(keys) {
      const { client, prefix } = store
      const answers = await Promise.allSettled(keys.map(async (key) => client.del(prefix + key)))
      const failed = answers.find((answer) => answer.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

async function holds(client: RedisClient, key: string): Promise<boolean> {
  if (client.exists) {
    const count = String(await client.exists(key))
    if (count === '0' || count === '1') return count === '1'
  } else {
    const data = await client.get(key)
    if (data === null) return false
    if (typeof data === 'string' || data instanceof Uint8Array) return data.length > 0
  }
  throw new TypeError('Redis answered neither that it has the key nor that it has not')
}

function isRedisStore(store: object): store is { client: RedisClient; prefix: string } {
  // Version 9 has `getTTL`, 7 and 8 `_getTTL`.
  if (!isPlainly(store, 'getTTL') && !isPlainly(store, '_getTTL')) return false
  return 'prefix' in store && typeof store.prefix === 'string' && 'client' in store && isClient(store.client)
}

function isClient(client: unknown): client is RedisClient {
  if (typeof client !== 'object' || client === null) return false
  return 'get' in client && typeof client.get === 'function' && 'del' in client && typeof client.del === 'function'
}
