import { UserSessionsError } from '../src/index.js'
import type { AppStore, BenchStorage } from './storages/bench-storage.js'
import { openMariadb } from './storages/mariadb.js'
import { openPostgres } from './storages/postgres.js'
import { openRedis } from './storages/redis.js'
import { openSqlite } from './storages/sqlite.js'

/** Every storage that the benches run on, each in a database, schema or prefix of its own. */
const STORAGES: readonly (readonly [name: string, open: () => Promise<BenchStorage>])[] = [
  ['postgres', openPostgres],
  ['sqlite', openSqlite],
  ['mariadb', openMariadb],
  ['redis', openRedis],
]

/** What may be missing on a machine, or from this version: a driver, a server, the storage itself. */
const MISSING = new Set<unknown>(['storage_url_unknown', 'storage_driver_missing', 'storage_unavailable'])
const MISSING_PARTS = new Set<unknown>(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ECONNREFUSED'])

/** Opens one storage after the other and removes what it made; one that cannot be had is skipped loudly. */
export async function* benchStorages(bench: string): AsyncGenerator<BenchStorage> {
  for (const [name, open] of STORAGES) {
    const opened = await openOrSkip(open, (reason) => console.error(`SKIPPED: ${bench} on ${name}: ${reason}`))
    if (!opened) continue
    await using storage = opened
    yield storage
  }
}

/** The app's own session store beside a storage. */
export async function openAppStore(bench: string, storage: BenchStorage): Promise<AppStore | undefined> {
  const skip = (reason: string) => console.error(`SKIPPED: ${bench} on ${storage.name}: its session store: ${reason}`)
  return openOrSkip(() => storage.openAppStore(), skip)
}

async function openOrSkip<Opened>(
  open: () => Promise<Opened>,
  skip: (reason: string) => void,
): Promise<Opened | undefined> {
  try {
    return await open()
  } catch (error) {
    if (!isMissing(error)) throw error
    skip(error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error))
    return undefined
  }
}

function isMissing(error: unknown): boolean {
  if (error instanceof UserSessionsError) return MISSING.has(error.code)
  return error instanceof Error && 'code' in error && MISSING_PARTS.has(error.code)
}
