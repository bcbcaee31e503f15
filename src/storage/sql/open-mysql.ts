import { member } from '../../clients/shapes.js'
import { UserSessionsError } from '../../errors.js'
import type { Clock } from '../../session.js'
import type { Storage } from '../storage.js'
import { DEFAULT_TABLE_PREFIX } from '../table-prefix.js'
import { checkMysql } from './check-mysql.js'
import { createContext } from './create-context.js'
import { migrate } from './migrate.js'
import { mysql } from './mysql.js'
import { isMysqlPool, type MysqlCallbackPool, type MysqlPool, withPromises } from './mysql-pool.js'
import { mysqlRunner } from './mysql-runner.js'
import { checkSchema } from './schema-version.js'
import { sqlStorage } from './sql-storage.js'

/** Of a pool that we make; the URL may say otherwise. */
const POOL = { connectTimeout: 5000, connectionLimit: 10, enableKeepAlive: true, charset: 'utf8mb4' }
/** Seconds. Five tries of that are five. */
const LOCK_TIMEOUT = 'set session innodb_lock_wait_timeout = 1'

/** How a MySQL storage is opened. */
export interface OpenMysqlOptions {
  readonly migrate?: boolean | undefined
  readonly tablePrefix?: string | undefined
  readonly schema?: string | undefined
  readonly clock?: Clock | undefined
  /** Hears of every statement before it runs; for tests and benchmarks. */
  readonly onStatement?: ((sql: string) => void) | undefined
}

/**
 * Opens a storage on a `mysql:` or `mariadb:` URL, with a pool of its own.
 *
 * @throws UserSessionsError `storage_driver_missing`, `storage_url_unknown`, and what {@link openMysqlPool} throws
 */
export async function openMysqlUrl(url: string, options: OpenMysqlOptions, driver = 'mysql2'): Promise<Storage> {
  if (!URL.canParse(url) || new URL(url).pathname.length < 2) {
    throw new UserSessionsError(
      'storage_url_unknown',
      'The mysql: URL is none: it is mysql://user:password@host/database, and in the password / ? # @ and % are written as %2F %3F %23 %40 and %25.',
    )
  }
  return openMysqlPool(await makePool(url.replace(/^mariadb:/, 'mysql:'), driver), true, options)
}

/** Opens a storage on a pool of `mysql2`. */
export async function openMysqlPool(
  input: MysqlPool | MysqlCallbackPool,
  owned: boolean,
  options: OpenMysqlOptions,
): Promise<Storage> {
  const { tablePrefix = DEFAULT_TABLE_PREFIX, schema, clock, onStatement } = options
  const context = createContext(mysql, tablePrefix, schema)
  const runner = mysqlRunner(withPromises(input), { owned, onStatement })
  try {
    await checkMysql(runner, context)
    if (options.migrate) await migrate(runner, context)
    await checkSchema(runner, context)
    return sqlStorage({ runner, dialect: mysql, tablePrefix, clock })
  } catch (error) {
    await runner.close()
    throw error
  }
}

async function makePool(url: string, driver: string): Promise<MysqlCallbackPool | MysqlPool> {
  const loaded: unknown = await import(driver).catch((cause: unknown) => {
    throw new UserSessionsError('storage_driver_missing', 'No MySQL driver. Run `npm install mysql2`.', { cause })
  })
  const createPool = member(loaded, 'createPool') ?? member(member(loaded, 'default'), 'createPool')
  if (typeof createPool !== 'function') {
    throw new UserSessionsError(
      'storage_driver_missing',
      'The package mysql2 makes no pool. Run `npm install mysql2@3`.',
    )
  }
  const pool: unknown = createPool({ ...POOL, uri: url })
  if (!isMysqlPool(pool)) throw new TypeError('What createPool of the package mysql2 made is no pool.')
  // What is asked first on a connection is answered first.
  if ('on' in pool && typeof pool.on === 'function')
    pool.on('connection', (connection: Pick<MysqlPool, never> & { query(sql: string): unknown }) =>
      connection.query(LOCK_TIMEOUT),
    )
  return pool
}
