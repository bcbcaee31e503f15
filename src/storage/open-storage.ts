import { UserSessionsError } from '../errors.js'
import type { Clock, Logger } from '../session.js'
import { memoryStorage } from './memory.js'
import type { RedisStorageClient } from './redis/to-redis-port.js'
import type { MysqlCallbackPool, MysqlPool } from './sql/mysql-pool.js'
import type { PgPool } from './sql/pg-pool.js'
import type { SqliteInput } from './sql/sqlite-handle.js'
import type { Storage } from './storage.js'

/**
 * Where records are kept: a URL (`memory:`, `sqlite:./data/sessions.db`, `sqlite::memory:`, `postgres://user@host/database`,
 * `mysql://user@host/database`, `redis://host`), an open SQLite database (node:sqlite, better-sqlite3, libsql), a `Pool` of pg, a pool
 * of mysql2 or a client or cluster of `redis` or `ioredis`, all of which stay the app's to close, or a {@link Storage}.
 */
export type StorageInput = string | SqliteInput | PgPool | MysqlPool | MysqlCallbackPool | RedisStorageClient | Storage

/** How {@link openStorage} opens. */
export interface OpenStorageOptions {
  /** Makes or updates the tables. Default is false: then tables that are missing or old are an error. */
  readonly migrate?: boolean | undefined
  /** Names of tables, and keys in Redis, begin with this. Default is `user_`. */
  readonly tablePrefix?: string | undefined
  /** The schema of PostgreSQL that holds the tables. Default is the first one of the `search_path`. */
  readonly schema?: string | undefined
  /** The time in unix milliseconds. Default is `Date.now`. */
  readonly clock?: Clock | undefined
  /** Hears of every SQL statement before it runs; for tests and benchmarks. */
  readonly onStatement?: ((sql: string) => void) | undefined
  /** Hears when a Redis is set to drop records. Default is `console`. */
  readonly logger?: Pick<Logger, 'warn'> | undefined
}

const SQLITE = 'sqlite:'
const POSTGRES = /^postgres(ql)?:\/\//
const MYSQL = /^(mysql|mariadb):\/\//
const REDIS = /^rediss?:\/\//

/**
 * Opens a storage. Loads no database driver unless the input asks for one.
 *
 * @throws UserSessionsError `storage_url_unknown`, `storage_driver_missing`, `option_invalid`, `storage_unavailable`,
 * `storage_busy`, or one of `storage_schema_missing`, `storage_schema_old`, `storage_schema_new`
 * @throws TypeError when the input is none of these
 */
export async function openStorage(input: StorageInput, options: OpenStorageOptions = {}): Promise<Storage> {
  if (typeof input === 'string') return openUrl(input, options)
  if (isStorage(input)) return input
  const { isMysqlConnection, isMysqlPool } = await import('./sql/mysql-pool.js')
  if (isMysqlPool(input)) {
    const { openMysqlPool } = await import('./sql/open-mysql.js')
    return openMysqlPool(input, false, options)
  }
  if (isMysqlConnection(input))
    throw new TypeError('A storage needs a pool of mysql2: a single connection has room for one transaction.')
  const { isPgClient, isPgPool } = await import('./sql/pg-pool.js')
  if (isPgPool(input)) {
    const { openPostgresPool } = await import('./sql/open-postgres.js')
    return openPostgresPool(input, false, options)
  }
  const { toRedisPort } = await import('./redis/to-redis-port.js')
  const redis = toRedisPort(input)
  if (redis) {
    const { openRedisClient } = await import('./redis/open-redis.js')
    return openRedisClient(redis, options)
  }
  if (isPgClient(input))
    throw new TypeError('A storage needs a Pool of pg: a single Client has room for one transaction.')
  const { isSqliteHandle, toSqliteHandle } = await import('./sql/to-sqlite-handle.js')
  if (!isSqliteHandle(input)) {
    throw new TypeError(
      'A storage must be a URL, an open SQLite database, a Pool of pg, a pool of mysql2, a client of redis or ioredis, or an object that implements Storage.',
    )
  }
  const { openSqliteHandle } = await import('./sql/open-sqlite.js')
  return openSqliteHandle(toSqliteHandle(input), false, options)
}

async function openUrl(url: string, options: OpenStorageOptions): Promise<Storage> {
  if (url === 'memory:') return memoryStorage(options.clock ? { clock: options.clock } : {})
  const path = url.startsWith(SQLITE) ? url.slice(SQLITE.length) : ''
  // Two slashes would begin a host, and a file has none; three are an absolute path.
  if (path !== '' && !/^\/\/(?!\/)/.test(path)) {
    const { openSqliteFile } = await import('./sql/open-sqlite.js')
    return openSqliteFile(path, options)
  }
  if (POSTGRES.test(url)) {
    const { openPostgresUrl } = await import('./sql/open-postgres.js')
    return openPostgresUrl(url, options)
  }
  if (MYSQL.test(url)) {
    const { openMysqlUrl } = await import('./sql/open-mysql.js')
    return openMysqlUrl(url, options)
  }
  if (REDIS.test(url)) {
    const { openRedisUrl } = await import('./redis/open-redis.js')
    return openRedisUrl(url, options)
  }
  throw new UserSessionsError(
    'storage_url_unknown',
    `Not a storage: ${JSON.stringify(withoutSecrets(url))}. Known are memory:, sqlite:./path/to/file.db, sqlite::memory:, postgres://user@host/database, mysql://user@host/database and redis://host.`,
  )
}

/** A URL of another kind may hold a password, which must not end up in a log. */
function withoutSecrets(url: string): string {
  return url.replace(/^([a-z0-9+.-]{1,20}:).*$/is, '$1…').replace(/^(?![a-z0-9+.-]{1,20}:…$).*$/is, '…')
}

function isStorage(input: StorageInput): input is Storage {
  return (
    typeof input === 'object' &&
    input !== null &&
    'changedSince' in input &&
    'record' in input &&
    typeof input.record === 'function'
  )
}
