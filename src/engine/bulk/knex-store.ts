import { chunks } from '../chunks.js'
import { type BulkStore, KEYS_AT_ONCE } from './bulk-store.js'
import { isPlainly } from './is-plainly.js'

interface KnexQuery extends PromiseLike<unknown> {
  select(columns: Readonly<Record<string, string>>): KnexQuery
  whereIn(column: string, values: readonly string[]): KnexQuery
  andWhere(column: string, operator: string, value: unknown): KnexQuery
  del(): KnexQuery
}

interface Knex {
  (table: string): KnexQuery
  readonly client?: { readonly dialect?: unknown }
}

interface Table {
  readonly knex: Knex
  readonly name: string
  readonly sid: string
  /** Settles when the table is made. */
  readonly ready: unknown
}

/** connect-session-knex 4 and 5: one table, asked with `where … in`. */
export function knexStore(store: object): BulkStore | undefined {
  const table = tableOf(store)
  if (!table) return undefined
  const { knex, name, sid, ready } = table
  return {
    async existing(keys) {
      await ready
      const found = new Set<string>()
      for (const chunk of chunks(keys, KEYS_AT_ONCE)) {
        // It hides what has expired from `get`. Drivers read the database's times each in their own zone: it must compare.
        const query = knex(name).select({ sid }).whereIn(sid, chunk).andWhere('expired', '>=', thisSecond(knex))
        const rows = await query
        if (!Array.isArray(rows)) throw new TypeError('connect-session-knex answered no rows')
        for (const row of rows) {
          if (typeof row?.sid !== 'string') throw new TypeError('connect-session-knex answered a row without a key')
          found.add(row.sid)
        }
      }
      return found
    },
    async destroy(keys) {
      await ready
      await knex(name).whereIn(sid, keys).del()
    },
  }
}

/** In the form in which the store writes its times; SQLite compares them as text. */
function thisSecond({ client }: Knex): string | Date {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000)
  if (/^oracle/.test(String(client?.dialect))) return now
  const isZoneless = /^(mysql|mariadb|mariasql|mssql)$/.test(String(client?.dialect))
  return isZoneless ? now.toISOString().slice(0, 19).replace('T', ' ') : now.toISOString()
}

function tableOf(store: object): Table | undefined {
  if (!isPlainly(store, 'touch', 'length', 'all') || !('ready' in store)) return undefined
  const { ready } = store
  // Version 5 keeps its options together, in version 4 they are the store's own.
  const own = 'options' in store && typeof store.options === 'object' && store.options !== null ? store.options : store
  const [knex, name, sid] = [
    'knex' in own ? own.knex : undefined,
    'tableName' in own ? own.tableName : 'tablename' in own ? own.tablename : undefined,
    'sidFieldName' in own ? own.sidFieldName : 'sidfieldname' in own ? own.sidfieldname : undefined,
  ]
  return isKnex(knex) && typeof name === 'string' && typeof sid === 'string' ? { knex, name, sid, ready } : undefined
}

function isKnex(knex: unknown): knex is Knex {
  return typeof knex === 'function' && 'schema' in knex
}
