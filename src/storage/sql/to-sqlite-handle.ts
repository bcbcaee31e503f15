import type { SqliteHandle, SqliteValue } from './sqlite-handle.js'

interface Statement {
  all(...parameters: unknown[]): unknown[]
  run(...parameters: unknown[]): { changes: number | bigint }
}

/** Any driver's handle, when only its shape at runtime is known. */
interface AnyHandle {
  prepare(sql: string): Statement
  pragma?: unknown
  close(): unknown
}

/** Whether this looks like an open SQLite database of better-sqlite3, libsql or node:sqlite. */
export function isSqliteHandle(value: unknown): value is AnyHandle {
  return typeof value === 'object' && value !== null && hasFunction(value, 'prepare') && hasFunction(value, 'close')
}

/** Brings a driver's handle to the one shape. */
export function toSqliteHandle(handle: AnyHandle): SqliteHandle {
  // node:sqlite has no pragma(). It takes parameters one by one; libsql takes a single blob or null for a list of them.
  const asList = typeof handle.pragma === 'function'
  const spread = (parameters: readonly SqliteValue[]) => (asList ? [[...parameters]] : [...parameters])
  return {
    prepare(sql) {
      const statement = handle.prepare(sql)
      return {
        all: (parameters) => statement.all(...spread(parameters)),
        run: (parameters) => Number(statement.run(...spread(parameters)).changes),
      }
    },
    close: () => void handle.close(),
  }
}

function hasFunction(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'function'
}
