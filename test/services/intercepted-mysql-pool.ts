import type { MysqlConnection, MysqlPool, MysqlQuery } from '../../src/storage/sql/mysql-pool.js'

/** A statement on its way to the server, or the connection it goes by. */
export interface MysqlStatement {
  readonly query: MysqlQuery
  readonly connection: MysqlConnection
  /** Lets it through. */
  run(): Promise<[unknown, unknown]>
}

/** A pool whose statements all pass through `around`: to be looked at, held up or lost. */
export function interceptedMysqlPool(
  pool: MysqlPool,
  around: (statement: MysqlStatement) => Promise<[unknown, unknown]>,
): MysqlPool & { query(): never; pool: unknown } {
  return {
    pool,
    query() {
      throw new Error('Statements go by connections.')
    },
    async getConnection() {
      const connection = await pool.getConnection()
      return {
        query: (query) => around({ query, connection, run: () => connection.query(query) }),
        release: () => connection.release(),
        destroy: () => connection.destroy(),
      }
    },
    end: () => pool.end(),
  }
}

/** A pool that tells of every statement that failed. */
export function watchedPool(pool: MysqlPool, onFault: (fault: unknown) => void): MysqlPool {
  return interceptedMysqlPool(pool, ({ query, run }) =>
    run().catch((error: unknown) => {
      onFault([error instanceof Error ? error.message : error, query.sql.slice(0, 80)])
      throw error
    }),
  )
}
