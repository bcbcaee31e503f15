import { member } from '../../clients/shapes.js'
import { storageClosed } from '../storage-closed.js'
import { mysqlFault } from './mysql-fault.js'
import type { MysqlConnection, MysqlPool, MysqlQuery } from './mysql-pool.js'
import type { Runner } from './runner.js'
import { UnknownOutcome } from './unknown-outcome.js'
import { type Fault, withRetries } from './with-retries.js'
import type { Answer, Step, Work } from './work.js'

const RETRIES = 4
/** Until an answer. A lock is given up before, in a pool of ours; a server that says nothing is not waited for. Milliseconds. */
const PATIENCE = 30_000
/** Of another process that migrates, in seconds. */
const MIGRATION_PATIENCE = 60
/** Table, column and index that are there already: a migration has no transaction here, and may have been cut off. */
const DONE_ALREADY = new Set([1050, 1060, 1061])

/** How a {@link Runner} of MySQL is set up. */
export interface MysqlRunnerOptions {
  /** Whether `close` ends the pool; false for one that the app made. */
  readonly owned: boolean
  /** Hears of every statement before it runs, `start transaction` and `commit` too. */
  readonly onStatement?: ((sql: string) => void) | undefined
}

/** Runs work on a pool of `mysql2`, each piece on a connection of its own. */
export function mysqlRunner(pool: MysqlPool, { owned, onStatement }: MysqlRunnerOptions): Runner {
  let closed = false
  const lent = <T>(use: (statements: Statements) => Promise<T>): Promise<T> => {
    if (closed) throw storageClosed()
    return withRetries(() => borrowing(pool, onStatement, use), faultOf, RETRIES)
  }
  const transaction = <T>(work: () => Work<T>) => lent((statements) => statements.transaction(work()))
  return {
    run: async (work) => lent((statements) => statements.finish(work())),
    transaction: async (work) => transaction(work),
    // How soon a commit is on the disk is a setting of the whole server: innodb_flush_log_at_trx_commit.
    relaxed: async (work) => transaction(work),
    migration: async (lock, work) => lent((statements) => statements.migration(lock, work())),
    async close() {
      if (closed) return
      closed = true
      if (owned) await pool.end()
    },
  }
}

function faultOf(error: unknown): Fault {
  return error instanceof UnknownOutcome ? 'unavailable' : mysqlFault(error)
}

/** Lends a connection for `use`, and takes it back whatever happens; one that may be in the middle of something is closed. */
async function borrowing<T>(
  pool: MysqlPool,
  onStatement: MysqlRunnerOptions['onStatement'],
  use: (statements: Statements) => Promise<T>,
): Promise<T> {
  const connection = await pool.getConnection()
  const statements = new Statements(connection, onStatement)
  let failed = true
  try {
    const result = await use(statements)
    failed = false
    return result
  } finally {
    if (!failed || (await statements.undone())) connection.release()
    else connection.destroy()
  }
}

/** Statements on one connection. */
class Statements {
  #timeout: number | undefined = PATIENCE
  /** Whether there is something to undo. */
  #open = false
  #silent = false

  constructor(
    private readonly connection: MysqlConnection,
    private readonly onStatement: MysqlRunnerOptions['onStatement'],
  ) {}

  async transaction<T>(work: Work<T>): Promise<T> {
    // Of the next transaction alone. At the usual level the gaps between rows are locked, too, and new users wait in circles.
    await this.#query('set transaction isolation level read committed')
    await this.#query('start transaction')
    this.#open = true
    const result = await this.finish(work)
    await this.#query('commit').catch((error: unknown) => {
      throw mysqlFault(error) === 'busy' ? error : new UnknownOutcome(error)
    })
    this.#open = false
    return result
  }

  /** Each statement by itself: MySQL commits before and after each change of a table. */
  async migration<T>(lock: string, work: Work<T>): Promise<T> {
    this.#timeout = undefined
    this.#open = true
    const [row] = answerOf(await this.#query('select get_lock(?, ?) as held', [lock, MIGRATION_PATIENCE])).rows
    if (!isHeld(row)) throw new Error('Another process has been migrating the tables for a minute.')
    const result = await this.finish(work, DONE_ALREADY)
    await this.#query('select release_lock(?)', [lock])
    this.#open = false
    return result
  }

  async finish<T>(work: Work<T>, allowed?: ReadonlySet<unknown>): Promise<T> {
    let step = work.next()
    while (!step.done) step = work.next(await this.#answer(step.value, allowed))
    return step.value
  }

  /** Whether the connection is as it was; a lock of a migration goes with its connection. */
  async undone(): Promise<boolean> {
    if (this.#silent || this.#timeout === undefined) return false
    if (!this.#open) return true
    return this.#query('rollback').then(
      () => true,
      () => false,
    )
  }

  async #answer({ query: { sql, parameters } }: Step, allowed?: ReadonlySet<unknown>): Promise<Answer> {
    try {
      return answerOf(await this.#query(sql, parameters))
    } catch (error) {
      if (error instanceof Error && allowed?.has(Reflect.get(error, 'errno'))) return { rows: [], affected: 0 }
      throw error
    }
  }

  async #query(sql: string, values: readonly unknown[] = []): Promise<unknown> {
    this.onStatement?.(sql)
    try {
      const [result] = await this.connection.query(toQuery(sql, values, this.#timeout))
      return result
    } catch (error) {
      this.#silent ||= error instanceof Error && typeof Reflect.get(error, 'errno') !== 'number'
      throw error
    }
  }
}

function toQuery(sql: string, values: readonly unknown[], timeout: number | undefined): MysqlQuery {
  return {
    sql,
    values: values.map(toValue),
    ...(timeout !== undefined && { timeout }),
    rowsAsArray: false,
    nestTables: false,
    namedPlaceholders: false,
    typeCast: true,
  }
}

/** mysql2 writes a Buffer as bytes, and any other object as something else. */
function toValue(value: unknown): unknown {
  return value instanceof Uint8Array && !Buffer.isBuffer(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : value
}

function answerOf(result: unknown): Answer {
  if (Array.isArray(result)) return { rows: result, affected: 0 }
  const info: unknown = member(result, 'info')
  // A row that is set to what it was is changed for a pool without the flag FOUND_ROWS only by what it says here.
  const matched = typeof info === 'string' ? /Rows matched: (\d+)/.exec(info)?.[1] : undefined
  return { rows: [], affected: Number(matched ?? member(result, 'affectedRows') ?? 0) }
}

function isHeld(row: unknown): boolean {
  return Number(member(row, 'held')) === 1
}
