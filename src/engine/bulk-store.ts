import { asks } from './callback-store.js'
import { chunks } from './chunks.js'

/** How to ask one kind of store about many keys at once. */
export interface BulkStore {
  existing(keys: readonly string[]): Promise<ReadonlySet<string>>
  /** Takes up to {@link KEYS_AT_ONCE}. Undefined where the store destroys one by one only. */
  destroy?(keys: readonly string[]): Promise<void>
}

/** Placeholders in one statement: every database in use takes this many. */
export const KEYS_AT_ONCE = 1000
const SIDE_BY_SIDE = 16

/** What is known of bulk look-ups in the stores that people use; anything else is asked key by key. */
export function bulkStore(store: object): BulkStore {
  return knexStore(store) ?? pgStore(store) ?? listingStore(store) ?? singleStore(store)
}

interface KnexQuery extends PromiseLike<unknown> {
  select(...columns: string[]): KnexQuery
  whereIn(column: string, values: readonly string[]): KnexQuery
  del(): KnexQuery
}

interface KnexOptions {
  readonly knex: (table: string) => KnexQuery
  readonly tableName: string
  readonly sidFieldName: string
}

/** connect-session-knex 4 and 5: one table, asked with `where … in`. */
function knexStore(store: object): BulkStore | undefined {
  if (!('options' in store) || !isKnexOptions(store.options)) return undefined
  const { knex, tableName, sidFieldName } = store.options
  return {
    async existing(keys) {
      const found = new Set<string>()
      for (const chunk of chunks(keys, KEYS_AT_ONCE)) {
        const rows = await knex(tableName).select(sidFieldName, 'expired').whereIn(sidFieldName, chunk)
        if (!Array.isArray(rows)) throw new TypeError('connect-session-knex answered no rows')
        const now = Date.now()
        // It hides what has expired from `get`, and deletes it a minute later. Each database gives the time its own form.
        for (const row of rows) if (!(new Date(row.expired).getTime() <= now)) found.add(String(row[sidFieldName]))
      }
      return found
    },
    async destroy(keys) {
      await knex(tableName).whereIn(sidFieldName, keys).del()
    },
  }
}

function isKnexOptions(options: unknown): options is KnexOptions {
  if (typeof options !== 'object' || options === null) return false
  return (
    'knex' in options &&
    typeof options.knex === 'function' &&
    'tableName' in options &&
    typeof options.tableName === 'string' &&
    'sidFieldName' in options &&
    typeof options.sidFieldName === 'string'
  )
}

/**
 * connect-pg-simple: its own `query` makes the table if need be and takes its pool, pg-promise or connection string alike. It
 * answers the first row alone, so the keys come in one.
 */
function pgStore(store: object): BulkStore | undefined {
  if (!isPgStore(store)) return undefined
  const table = store.quotedTable()
  return {
    async existing(keys) {
      const found = new Set<string>()
      for (const chunk of chunks(keys, KEYS_AT_ONCE)) {
        // It hides what has expired from `get`, to the second.
        const now = Math.ceil(Date.now() / 1000)
        const text = `select array_agg(sid) as sids from ${table} where sid = any($1) and expire >= to_timestamp($2)`
        const row = await asks<{ readonly sids?: unknown }>(store, 'query', text, [chunk, now])
        if (row === undefined) throw new TypeError('connect-pg-simple answered no row')
        if (Array.isArray(row.sids)) for (const sid of row.sids) found.add(String(sid))
      }
      return found
    },
    async destroy(keys) {
      await asks(store, 'query', `delete from ${table} where sid = any($1)`, [keys])
    },
  }
}

function isPgStore(store: object): store is { quotedTable(): string } {
  return (
    'quotedTable' in store &&
    typeof store.quotedTable === 'function' &&
    'query' in store &&
    typeof store.query === 'function' &&
    'pruneSessions' in store
  )
}

/** Stores that list their keys cheaply: memorystore's `ids()`. */
function listingStore(store: object): BulkStore | undefined {
  if (!('ids' in store) || typeof store.ids !== 'function') return undefined
  return {
    async existing(keys) {
      const ids = await asks<unknown>(store, 'ids')
      if (!Array.isArray(ids)) throw new TypeError('the session store listed no ids')
      const held = new Set<unknown>(ids)
      return new Set(keys.filter((key) => held.has(key)))
    },
  }
}

function singleStore(store: object): BulkStore {
  return {
    async existing(keys) {
      const found = new Set<string>()
      for (const chunk of chunks(keys, SIDE_BY_SIDE)) {
        const held = await Promise.all(
          chunk.map(async (key) => ({ key, data: await asks<unknown>(store, 'get', key) })),
        )
        for (const { key, data } of held) if (data) found.add(key)
      }
      return found
    },
  }
}
