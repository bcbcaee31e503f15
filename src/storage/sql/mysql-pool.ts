import { hasMethods } from '../../clients/shapes.js'
/** A statement as `mysql2` takes it. */
export interface MysqlQuery {
  sql: string
  values: unknown[]
  /** Until an answer, in milliseconds. */
  timeout?: number
  /** Whatever the pool's settings are. */
  rowsAsArray: false
  nestTables: false
  namedPlaceholders: false
  typeCast: true
}

/** A connection that a pool lent, with promises. */
export interface MysqlConnection {
  query(query: MysqlQuery): Promise<[unknown, unknown]>
  release(): void
  /** Closes it, whatever it is doing. */
  destroy(): void
}

/** A pool of `mysql2`, with promises, as far as this package uses it. */
export interface MysqlPool {
  getConnection(): Promise<MysqlConnection>
  end(): Promise<void>
}

/** A pool of `mysql2`, with callbacks. */
export interface MysqlCallbackPool {
  promise(): MysqlPool
}

/** Whether this looks like a pool of `mysql2`, of either kind. */
export function isMysqlPool(value: unknown): value is MysqlPool | MysqlCallbackPool {
  return hasMethods(value, 'getConnection', 'query', 'end')
}

/** Whether this looks like a single connection of `mysql2`, or of the older `mysql`. */
export function isMysqlConnection(value: unknown): boolean {
  return hasMethods(value, 'query', 'beginTransaction') && !hasMethods(value, 'getConnection')
}

/** @throws TypeError when it is a pool of the older package `mysql` */
export function withPromises(pool: MysqlPool | MysqlCallbackPool): MysqlPool {
  if ('promise' in pool) return pool.promise()
  if ('pool' in pool) return pool
  throw new TypeError('A storage needs a pool of mysql2; this is one of another package. Run `npm install mysql2`.')
}
