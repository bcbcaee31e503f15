import { UserSessionsError } from '../../errors.js'
import type { SqliteHandle } from './sqlite-handle.js'
import { isSqliteHandle, toSqliteHandle } from './to-sqlite-handle.js'

/** A module that opens SQLite databases. */
export interface SqliteDriver {
  readonly module: string
  /** The constructor's name among the exports. */
  readonly exported: string
}

/** Opens a file, or `:memory:`. */
export type OpenSqlite = (path: string) => SqliteHandle

/** In this order: what Node has needs no installing, and better-sqlite3 is the better known of the others. */
export const SQLITE_DRIVERS: readonly SqliteDriver[] = [
  { module: 'node:sqlite', exported: 'DatabaseSync' },
  { module: 'better-sqlite3', exported: 'default' },
  { module: 'libsql', exported: 'default' },
]

/**
 * The first SQLite driver that can be loaded and works.
 *
 * @throws UserSessionsError `storage_driver_missing` when there is none
 */
export async function loadSqliteDriver(drivers: readonly SqliteDriver[] = SQLITE_DRIVERS): Promise<OpenSqlite> {
  const reasons: string[] = []
  for (const driver of drivers) {
    try {
      const open = await load(driver)
      // A package whose native part is missing loads well and fails here.
      open(':memory:').close()
      return open
    } catch (error) {
      reasons.push(`${driver.module}: ${firstLine(error)}`)
    }
  }
  throw new UserSessionsError(
    'storage_driver_missing',
    `No SQLite driver. Run \`npm install libsql\` (or better-sqlite3), or use Node 22.13 or later, which has one. ${reasons.join('; ')}`,
  )
}

async function load({ module, exported }: SqliteDriver): Promise<OpenSqlite> {
  const loaded: unknown = await import(module)
  const Database: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, exported) : undefined
  if (!isConstructor(Database)) throw new Error(`has no ${exported}`)
  return (path) => {
    const handle = new Database(path)
    if (!isSqliteHandle(handle)) throw new Error('opens no SQLite database')
    return toSqliteHandle(handle)
  }
}

function isConstructor(value: unknown): value is new (path: string) => unknown {
  return typeof value === 'function'
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
