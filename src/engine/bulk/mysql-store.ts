import { chunks } from '../chunks.js'
import { type BulkStore, KEYS_AT_ONCE } from './bulk-store.js'
import { isPlainly } from './is-plainly.js'

interface MysqlStore {
  readonly options: { readonly schema: Schema }
  /** Takes connections and pools with callbacks and with promises alike, and answers rows and fields. */
  query(text: string, values: readonly unknown[]): unknown
}

interface Schema {
  readonly tableName: string
  readonly columnNames: { readonly session_id: string; readonly expires: string }
}

/** express-mysql-session 3: one table, asked with `in`. */
export function mysqlStore(store: object): BulkStore | undefined {
  if (!isMysqlStore(store)) return undefined
  const { tableName, columnNames } = store.options.schema
  const { session_id: id, expires } = columnNames
  return {
    async existing(keys) {
      const found = new Set<string>()
      for (const chunk of chunks(keys, KEYS_AT_ONCE)) {
        // It hides what has expired from `get`, to the second, rounded.
        const now = Math.round(Date.now() / 1000)
        const text = 'select ?? as sid from ?? where ?? in (?) and ?? >= ?'
        for (const row of rowsOf(await store.query(text, [id, tableName, id, chunk, expires, now])))
          found.add(sidOf(row))
      }
      return found
    },
    async destroy(keys) {
      if (keys.length > 0) await store.query('delete from ?? where ?? in (?)', [tableName, id, keys])
    },
  }
}

function rowsOf(answer: unknown): readonly unknown[] {
  const rows: unknown = Array.isArray(answer) ? answer[0] : undefined
  if (!Array.isArray(rows)) throw new TypeError('express-mysql-session answered no rows')
  return rows
}

function sidOf(row: unknown): string {
  const sid = typeof row === 'object' && row !== null && 'sid' in row ? row.sid : undefined
  if (typeof sid === 'string' || Buffer.isBuffer(sid)) return sid.toString()
  throw new TypeError('express-mysql-session answered a row without a key')
}

function isMysqlStore(store: object): store is MysqlStore {
  if (!isPlainly(store, 'query', 'prepareOptionsForMySQL2') || !('options' in store)) return false
  const { options } = store
  return typeof options === 'object' && options !== null && 'schema' in options && isSchema(options.schema)
}

function isSchema(schema: unknown): schema is Schema {
  if (typeof schema !== 'object' || schema === null) return false
  if (!('tableName' in schema && typeof schema.tableName === 'string' && 'columnNames' in schema)) return false
  const columns = schema.columnNames
  if (typeof columns !== 'object' || columns === null) return false
  return (
    'session_id' in columns &&
    typeof columns.session_id === 'string' &&
    'expires' in columns &&
    typeof columns.expires === 'string'
  )
}
