import { existsSync } from 'node:fs'
import { mkdir, open as openFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { UserSessionsError } from '../../errors.js'
import type { Clock } from '../../session.js'
import type { Storage } from '../storage.js'
import { DEFAULT_TABLE_PREFIX } from '../table-prefix.js'
import { createContext } from './create-context.js'
import { loadSqliteDriver } from './load-sqlite-driver.js'
import { migrate } from './migrate.js'
import type { Runner } from './runner.js'
import { checkSchema } from './schema-version.js'
import { sqlStorage } from './sql-storage.js'
import { sqlite } from './sqlite.js'
import { sqliteFault } from './sqlite-fault.js'
import type { SqliteHandle } from './sqlite-handle.js'
import { sqliteRunner } from './sqlite-runner.js'
import { withRetries } from './with-retries.js'

/** The only wait that blocks the event loop, so it is short: longer ones are retries. Milliseconds. */
const BUSY_TIMEOUT = 20

/** How a SQLite storage is opened. */
export interface OpenSqliteOptions {
  readonly migrate?: boolean | undefined
  readonly tablePrefix?: string | undefined
  /** An error: SQLite has none. */
  readonly schema?: string | undefined
  readonly clock?: Clock | undefined
  /** Hears of every statement before it runs; for tests and benchmarks. */
  readonly onStatement?: ((sql: string) => void) | undefined
}

/**
 * Opens a database file, made with its folder when it is not there, or a database in memory (`:memory:`). A file that we
 * make is its owner's alone (0600); SQLite gives its `-wal` and `-shm` the same mode.
 */
export async function openSqliteFile(path: string, options: OpenSqliteOptions): Promise<Storage> {
  const inMemory = path === ':memory:'
  const open = await loadSqliteDriver()
  const file = inMemory ? path : resolve(path)
  if (!inMemory && !options.migrate && !existsSync(file)) {
    throw new UserSessionsError(
      'storage_schema_missing',
      `There is no database at ${file}. Is the path right? \`npx usersessions migrate\` or \`migrate: true\` makes it.`,
    )
  }
  const handle = await withRetries(async () => {
    if (!inMemory && !existsSync(file)) await makeFile(file)
    return configured(open(file))
  }, fileFault)
  // No command could ever migrate a database that dies with this process.
  return openSqliteHandle(handle, true, inMemory ? { ...options, migrate: true } : options)
}

/** Drivers would make it as the umask allows, and others could read whose sessions there are, and from where. */
async function makeFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await (await openFile(file, 'a', 0o600)).close()
}

/** Opens a storage on a database handle. */
export async function openSqliteHandle(
  handle: SqliteHandle,
  owned: boolean,
  options: OpenSqliteOptions,
): Promise<Storage> {
  const { tablePrefix, clock, onStatement } = options
  const runner = sqliteRunner(handle, { owned, onStatement })
  try {
    await prepareSchema(runner, options)
    return sqlStorage({ runner, dialect: sqlite, tablePrefix, clock })
  } catch (error) {
    await runner.close()
    throw error
  }
}

async function prepareSchema(runner: Runner, options: OpenSqliteOptions): Promise<void> {
  const context = createContext(sqlite, options.tablePrefix ?? DEFAULT_TABLE_PREFIX, options.schema)
  if (options.migrate) await migrate(runner, context)
  await checkSchema(runner, context)
}

/** Pages. The log is carried over while the event loop waits: five times as often as by default, and a fifth as long. */
const CHECKPOINT = 200
/** KiB of pages kept in memory, at most. With the usual 2,000 a purge reads most of what it deletes from the file. */
const CACHE = 32_000

/** Readers do not block the writer with a write-ahead log. `synchronous` stays full: an end outlives a power cut. */
function configured(handle: SqliteHandle): SqliteHandle {
  try {
    handle.prepare(`pragma busy_timeout = ${BUSY_TIMEOUT}`).all([])
    handle.prepare('pragma journal_mode = wal').all([])
    handle.prepare(`pragma cache_size = -${CACHE}`).all([])
    handle.prepare(`pragma wal_autocheckpoint = ${CHECKPOINT}`).all([])
    return handle
  } catch (error) {
    handle.close()
    throw error
  }
}

function fileFault(error: unknown) {
  const isSystemError = error instanceof Error && 'syscall' in error
  return isSystemError ? 'unavailable' : sqliteFault(error)
}
