import type { Compilable, CompiledQuery } from 'kysely'

/** One statement that a piece of work wants run. */
export interface Step {
  readonly query: CompiledQuery
  readonly returnsRows: boolean
}

/** What a statement answered. */
export interface Answer {
  readonly rows: readonly unknown[]
  readonly affected: number
}

/**
 * Statements as a generator: one text of each use case, run in one go on SQLite, whose handle the app may share (an await
 * inside a transaction would let the app's own statements in), and awaited on a server.
 */
export type Work<T> = Generator<Step, T, Answer>

/** Runs a query for its rows. */
export function* rowsOf<Row>(query: Compilable<Row>): Work<readonly Row[]> {
  const { rows } = yield { query: query.compile(), returnsRows: true }
  // Only the query's builder knows what its rows are.
  return rows as readonly Row[]
}

/** Runs a query for the number of rows it changed. */
export function* affectedBy(query: Compilable): Work<number> {
  const { affected } = yield { query: query.compile(), returnsRows: false }
  return affected
}
