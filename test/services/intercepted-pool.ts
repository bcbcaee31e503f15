import type pg from 'pg'
import type { PgPool, PgResult } from '../../src/storage/sql/pg-pool.js'

/** One statement on its way to the server. */
export interface Statement {
  readonly text: string
  readonly values: unknown[]
  /** Lets it through. */
  run(): Promise<PgResult>
}

/** A pool whose statements all pass through `around`: to be looked at, held up or lost. */
export function interceptedPool(pool: pg.Pool, around: (statement: Statement) => Promise<PgResult>): PgPool {
  return {
    async connect() {
      const client = await pool.connect()
      return {
        query: (query) => around({ ...query, run: () => client.query(query) }),
        release: (error) => client.release(error),
        on: (event, listener) => client.on(event, listener),
        removeListener: (event, listener) => client.removeListener(event, listener),
      }
    },
    query: (query) => around({ ...query, run: () => pool.query(query) }),
  }
}
