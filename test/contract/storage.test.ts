import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterAll, describe, test } from 'vitest'
import { memoryStorage } from '../../src/storage/memory.js'
import { openStorage } from '../../src/storage/open-storage.js'
import { loadSqliteDriver } from '../../src/storage/sql/load-sqlite-driver.js'
import { openSqliteHandle } from '../../src/storage/sql/open-sqlite.js'
import { type OpenTestStorage, storageContract } from '../../src/testing/index.js'

const folder = await mkdtemp(join(tmpdir(), 'usersessions-contract-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
const file = () => join(folder, `${++files}.db`)
const [nodeSqlite] = await Promise.allSettled([loadSqliteDriver([{ module: 'node:sqlite', exported: 'DatabaseSync' }])])

const storages: Record<string, OpenTestStorage> = {
  memory: memoryStorage,
  'libsql in memory': ({ clock }) => openStorage(new Database(':memory:'), { clock, migrate: true }),
  'a libsql file': ({ clock }) => openStorage(new Database(file()), { clock, migrate: true, tablePrefix: 'app_' }),
  'a sqlite: URL': ({ clock }) => openStorage(`sqlite:${file()}`, { clock, migrate: true }),
}

for (const [name, open] of Object.entries(storages)) {
  describe(name, () => {
    for (const { title, run } of storageContract(open)) test(title, run)
  })
}

describe('node:sqlite', () => {
  if (nodeSqlite.status === 'rejected') {
    test.skip(`node:sqlite is not tested: Node ${process.version} has none`)
    return
  }
  const openNodeSqlite = nodeSqlite.value
  const open: OpenTestStorage = ({ clock }) => openSqliteHandle(openNodeSqlite(file()), true, { clock, migrate: true })
  for (const { title, run } of storageContract(open)) test(title, run)
})
