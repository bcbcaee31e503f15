import { asks } from '../callback-store.js'
import { chunks } from '../chunks.js'
import { type BulkStore, KEYS_AT_ONCE } from './bulk-store.js'
import { isPlainly } from './is-plainly.js'

/**
 * connect-pg-simple: its own `query` makes the table if need be and takes its pool, pg-promise or connection string alike. It
 * answers the first row alone, so the keys come in one.
 */
export function pgStore(store: object): BulkStore | undefined {
  if (!isPgStore(store)) return undefined
  return {
    async existing(keys) {
      const found = new Set<string>()
      for (const chunk of chunks(keys, KEYS_AT_ONCE)) {
        // It hides what has expired from `get`, to the second.
        const now = Math.ceil(Date.now() / 1000)
        const text = `select array_agg(sid) as sids from ${store.quotedTable()} where sid = any($1) and expire >= to_timestamp($2)`
        const row = await asks<{ readonly sids?: unknown }>(store, 'query', text, [chunk, now])
        if (!row || !(Array.isArray(row.sids) || row.sids === null)) {
          throw new TypeError('connect-pg-simple answered no keys')
        }
        for (const sid of row.sids ?? []) found.add(String(sid))
      }
      return found
    },
    async destroy(keys) {
      await asks(store, 'query', `delete from ${store.quotedTable()} where sid = any($1)`, [keys])
    },
  }
}

function isPgStore(store: object): store is { quotedTable(): string } {
  return isPlainly(store, 'quotedTable', 'query', 'pruneSessions')
}
