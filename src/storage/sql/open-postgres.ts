import { member } from '../../clients/shapes.js'
import { UserSessionsError } from '../../errors.js'
import type { Clock } from '../../session.js'
import type { Storage } from '../storage.js'
import { DEFAULT_TABLE_PREFIX } from '../table-prefix.js'
import { createContext } from './create-context.js'
import type { SqlContext } from './dialect.js'
import { migrate } from './migrate.js'
import { isPgPool, type PgPool } from './pg-pool.js'
import { postgres } from './postgres.js'
import { checkGrants, migrationFault } from './postgres-grants.js'
import { postgresRunner } from './postgres-runner.js'
import type { Runner } from './runner.js'
import { checkSchema } from './schema-version.js'
import { sqlStorage } from './sql-storage.js'

/** Of a pool that we make; the URL may have another `query_timeout`. Milliseconds. */
const POOL = { connectionTimeoutMillis: 5000, query_timeout: 30_000, keepAlive: true }

/** How a PostgreSQL storage is opened. */
export interface OpenPostgresOptions {
  readonly migrate?: boolean | undefined
  readonly tablePrefix?: string | undefined
  readonly schema?: string | undefined
  readonly clock?: Clock | undefined
  /** Hears of every statement before it runs; for tests and benchmarks. */
  readonly onStatement?: ((sql: string) => void) | undefined
}

/**
 * Opens a storage on a `postgres:` URL, with a pool of its own.
 *
 * @throws UserSessionsError `storage_driver_missing`, `storage_url_unknown`, and what {@link openPostgresPool} throws
 */
export async function openPostgresUrl(url: string, options: OpenPostgresOptions, driver = 'pg'): Promise<Storage> {
  if (!isParsable(url)) {
    throw new UserSessionsError(
      'storage_url_unknown',
      'The postgres: URL is none: in its password, / ? # @ and % must be written as %2F %3F %23 %40 and %25.',
    )
  }
  const Pool = await loadPool(driver)
  return openPostgresPool(makePool(Pool, url), true, options)
}

/** Opens a storage on a pool of `pg`. */
export async function openPostgresPool(pool: PgPool, owned: boolean, options: OpenPostgresOptions): Promise<Storage> {
  const { tablePrefix = DEFAULT_TABLE_PREFIX, schema, clock, onStatement } = options
  const context = createContext(postgres, tablePrefix, schema)
  const runner = postgresRunner(pool, { owned, onStatement })
  try {
    if (options.migrate) await migrateAs(runner, context)
    await checkGrants(runner, context)
    await checkSchema(runner, context)
    return sqlStorage({ runner, dialect: postgres, tablePrefix, schema, clock })
  } catch (error) {
    await runner.close()
    throw error
  }
}

async function migrateAs(runner: Runner, context: SqlContext): Promise<void> {
  try {
    await migrate(runner, context)
  } catch (error) {
    throw migrationFault(error)
  }
}

/** As pg has it: without a host, after an `@` too. */
function isParsable(url: string): boolean {
  return URL.canParse(url) || URL.canParse(url.replace('@/', '@localhost/'))
}

type PoolConstructor = new (config: typeof POOL & { connectionString: string }) => unknown

async function loadPool(driver: string): Promise<PoolConstructor> {
  const loaded: unknown = await import(driver).catch((cause: unknown) => {
    throw new UserSessionsError('storage_driver_missing', 'No PostgreSQL driver. Run `npm install pg`.', { cause })
  })
  const Pool = member(loaded, 'Pool') ?? member(member(loaded, 'default'), 'Pool')
  if (isConstructor(Pool)) return Pool
  throw new UserSessionsError('storage_driver_missing', 'The package pg has no Pool. Run `npm install pg@8`.')
}

function makePool(Pool: PoolConstructor, url: string): PgPool {
  const pool = new Pool({ ...POOL, connectionString: url })
  if (!isPgPool(pool)) throw new TypeError('The Pool of the package pg makes no pool.')
  // The server closed a connection that nobody was using: the pool drops it, and without a listener the process would end.
  if ('on' in pool && typeof pool.on === 'function') pool.on('error', () => {})
  return pool
}

function isConstructor(value: unknown): value is PoolConstructor {
  return typeof value === 'function'
}
