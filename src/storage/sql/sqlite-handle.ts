/** better-sqlite3's and libsql's `Database`, as far as this package uses it. */
export interface BetterSqliteHandle {
  prepare(sql: string): {
    all(...parameters: unknown[]): unknown[]
    run(...parameters: unknown[]): { changes: number | bigint }
  }
  pragma(source: string): unknown
  close(): unknown
}

/** node:sqlite's `DatabaseSync`, as far as this package uses it. */
export interface NodeSqliteHandle {
  prepare(sql: string): {
    all(...parameters: never[]): unknown[]
    run(...parameters: never[]): { changes: number | bigint }
  }
  exec(sql: string): void
  close(): void
}

/** An open SQLite database of the app's. */
export type SqliteInput = BetterSqliteHandle | NodeSqliteHandle

/** What SQLite takes and what the queries bind. */
export type SqliteValue = string | number | bigint | Uint8Array | null

/** The one shape that all SQLite drivers are brought to. */
export interface SqliteHandle {
  prepare(sql: string): SqliteStatement
  close(): void
}

export interface SqliteStatement {
  all(parameters: readonly SqliteValue[]): unknown[]
  run(parameters: readonly SqliteValue[]): number
}
