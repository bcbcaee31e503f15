import { storageClosed } from '../storage-closed.js'
import type { Runner } from './runner.js'
import { sqliteFault } from './sqlite-fault.js'
import type { SqliteHandle, SqliteStatement, SqliteValue } from './sqlite-handle.js'
import { withRetries } from './with-retries.js'
import type { Answer, Step, Work } from './work.js'

/** Statements kept prepared. Their texts are few and fixed; this only bounds what a mistake could do. */
const MAX_PREPARED = 200

/** A level of `pragma synchronous`. */
const NORMAL = 1

/** How a {@link Runner} of SQLite is set up. */
export interface SqliteRunnerOptions {
  /** Whether `close` closes the handle; false for one that the app opened. */
  readonly owned: boolean
  /** Hears of every statement before it runs, `begin immediate` and `commit` too. */
  readonly onStatement?: ((sql: string) => void) | undefined
  /** How often work that met a lock is run again. Default is 60: about five seconds. */
  readonly retries?: number | undefined
}

/** Runs work on a SQLite handle, each piece in one go: nothing else that uses the handle can come in between. */
export function sqliteRunner(handle: SqliteHandle, options: SqliteRunnerOptions): Runner {
  const connection = new Connection(handle, options.onStatement)
  let closed = false
  const retrying = <T>(attempt: () => T): Promise<T> => {
    if (closed) throw storageClosed()
    return withRetries(attempt, sqliteFault, options.retries)
  }
  return {
    run: async (work) => retrying(() => connection.finish(work())),
    transaction: async (work) => retrying(() => connection.transaction(work)),
    relaxed: async (work) => retrying(() => connection.relaxed(work)),
    async close() {
      if (!closed && options.owned) handle.close()
      closed = true
    },
  }
}

class Connection {
  readonly #handle: SqliteHandle
  readonly #onStatement: ((sql: string) => void) | undefined
  readonly #prepared = new Map<string, SqliteStatement>()

  constructor(handle: SqliteHandle, onStatement: ((sql: string) => void) | undefined) {
    this.#handle = handle
    this.#onStatement = onStatement
  }

  transaction<T>(work: () => Work<T>): T {
    // Not the deferred kind: two that begin by reading and go on to write would block each other.
    this.#execute('begin immediate')
    try {
      const result = this.finish(work())
      this.#execute('commit')
      return result
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  /** Without waiting for the disk (https://sqlite.org/pragma.html#pragma_synchronous): not to be changed within a transaction. */
  relaxed<T>(work: () => Work<T>): T {
    const before = this.#synchronous()
    this.#setSynchronous(NORMAL)
    try {
      return this.transaction(work)
    } finally {
      this.#setSynchronous(before)
    }
  }

  finish<T>(work: Work<T>): T {
    let step = work.next()
    while (!step.done) step = work.next(this.#answer(step.value))
    return step.value
  }

  #answer({ query, returnsRows }: Step): Answer {
    const statement = this.#prepare(query.sql)
    const parameters = query.parameters.map(toSqliteValue)
    if (returnsRows) return { rows: statement.all(parameters), affected: 0 }
    return { rows: [], affected: statement.run(parameters) }
  }

  // Prepared anew each time: a pragma may take effect when it is prepared, and then never again.
  #synchronous(): number {
    const [row] = this.#handle.prepare('pragma synchronous').all([])
    return Number(Reflect.get(Object(row), 'synchronous'))
  }

  #setSynchronous(level: number): void {
    this.#handle.prepare(`pragma synchronous = ${level}`).run([])
  }

  #execute(sql: string): void {
    this.#prepare(sql).run([])
  }

  #rollback(): void {
    try {
      this.#execute('rollback')
    } catch {
      // SQLite has rolled back by itself after some faults (https://sqlite.org/lang_transaction.html); the first error counts.
    }
  }

  #prepare(sql: string): SqliteStatement {
    this.#onStatement?.(sql)
    const known = this.#prepared.get(sql)
    if (known) return known
    if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear()
    const statement = this.#handle.prepare(sql)
    this.#prepared.set(sql, statement)
    return statement
  }
}

function toSqliteValue(value: unknown): SqliteValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`SQLite takes no ${typeof value}.`)
}
