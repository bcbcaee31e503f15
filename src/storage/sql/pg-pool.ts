import { hasMethods } from '../../clients/shapes.js'
/** What one statement of `pg` answers. */
export interface PgResult {
  readonly rows: unknown[]
  readonly rowCount: number | null
  /** The first word of the answer, such as `COMMIT`. */
  readonly command: string
}

/** A statement as `pg` takes it. */
export interface PgQuery {
  text: string
  values: unknown[]
  /** Until an answer, in milliseconds. */
  query_timeout?: number
}

/** A connection that a pool lent. */
export interface PgClient {
  query(query: PgQuery): Promise<PgResult>
  /** Gives it back; with an error it is closed instead. */
  release(error?: Error | boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** `pg`'s `Pool`, as far as this package uses it. */
export interface PgPool {
  connect(): Promise<PgClient>
  query(query: PgQuery): Promise<PgResult>
  end?(): Promise<void>
}

/** Whether this looks like a pool of `pg`, or something of its shape. */
export function isPgPool(value: unknown): value is PgPool {
  return hasMethods(value, 'connect', 'query') && !isPgClient(value)
}

/** Whether this looks like a single connection of `pg`, on which transactions would get into each other. */
export function isPgClient(value: unknown): boolean {
  const isOne = hasMethods(value, 'release') || (typeof value === 'object' && value !== null && 'processID' in value)
  return isOne && hasMethods(value, 'query')
}
