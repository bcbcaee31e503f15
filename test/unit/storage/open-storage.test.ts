import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterAll, expect, test } from 'vitest'
import { memoryStorage } from '../../../src/storage/memory.js'
import { openStorage, type StorageInput } from '../../../src/storage/open-storage.js'
import { loadSqliteDriver } from '../../../src/storage/sql/load-sqlite-driver.js'

const folder = await mkdtemp(join(tmpdir(), 'usersessions-open-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a URL of another kind is an error that lists the known ones and shows no password', async () => {
  const urls = [
    'mongodb://app:hunter2@db/app',
    'postgres:app:hunter2@db/app',
    'memory',
    'sqlite:',
    'sqlite://host/file.db',
    '',
    './sessions.db',
  ]
  for (const url of urls) {
    const message = expect.stringMatching(/memory:, sqlite:.*sqlite::memory:/)
    await expect(openStorage(url), url).rejects.toMatchObject({ code: 'storage_url_unknown', message })
    await expect(openStorage(url)).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') })
  }
})

test('what is no storage at all is a TypeError', async () => {
  for (const input of [undefined, null, 7, {}, [], () => {}]) {
    await expect(openStorage(input as unknown as StorageInput)).rejects.toThrow(TypeError)
  }
})

test('a storage object is used as it is', async () => {
  const storage = memoryStorage()
  expect(await openStorage(storage)).toBe(storage)
  expect((await openStorage('memory:')).name).toBe('memory')
})

test('a file is made with its folder, keeps what was written, and writes ahead', async () => {
  const file = join(folder, 'not', 'there yet', 'sessions.db')
  const first = await openStorage(`sqlite:${file}`, { migrate: true })
  await first.meta('id', { value: 'kept' })
  expect(existsSync(`${file}-wal`)).toBe(true)
  await first.close()
  const second = await openStorage(`sqlite:${file}`)
  expect(await second.meta('id')).toBe('kept')
  await second.close()
})

test.skipIf(process.platform === 'win32')(
  'a file that we make is its owner’s alone, and one that was there keeps its mode',
  async () => {
    const mode = async (file: string) => (await stat(file)).mode & 0o777
    const file = join(folder, 'mode.db')
    const first = await openStorage(`sqlite:${file}`, { migrate: true })
    await first.meta('id', { value: 'kept' })
    expect(await Promise.all([file, `${file}-wal`, `${file}-shm`].map(mode))).toEqual([0o600, 0o600, 0o600])
    await first.close()
    await chmod(file, 0o640)
    await (await openStorage(`sqlite:${file}`, { migrate: true })).close()
    expect(await mode(file)).toBe(0o640)
  },
)

test('a database in memory needs no migration', async () => {
  const storage = await openStorage('sqlite::memory:')
  expect(await storage.list('alice')).toEqual([])
  await storage.close()
})

test('a file that cannot be made or is no database is a storage that is unavailable', async () => {
  const file = join(folder, 'file')
  await writeFile(file, 'no database at all, but long enough to be read as one'.repeat(50))
  await chmod(file, 0o600)
  for (const url of [`sqlite:${file}`, `sqlite:${file}/below.db`]) {
    await expect(openStorage(url, { migrate: true }), url).rejects.toMatchObject({ code: 'storage_unavailable' })
  }
})

test("the app's own handle is not closed with the storage, nor configured", async () => {
  const database = new Database(join(folder, 'own.db'))
  const storage = await openStorage(database, { migrate: true })
  await storage.close()
  expect(database.prepare('pragma journal_mode').all()).toEqual([{ journal_mode: 'delete' }])
  await expect(storage.list('alice')).rejects.toMatchObject({ code: 'closed' })
  database.close()
})

test('a handle that the app closed is a storage that is unavailable', async () => {
  const database = new Database(':memory:')
  const storage = await openStorage(database, { migrate: true })
  database.close()
  await expect(storage.list('alice')).rejects.toMatchObject({ code: 'storage_unavailable' })
})

test('a table prefix that is none is refused before any statement', async () => {
  const ran: string[] = []
  for (const tablePrefix of ['', 'User_', '1a', 'a-b', 'a"; drop table x; --', 'a'.repeat(32)]) {
    const opening = openStorage(new Database(':memory:'), {
      tablePrefix,
      migrate: true,
      onStatement: (sql) => ran.push(sql),
    })
    await expect(opening, tablePrefix).rejects.toMatchObject({ code: 'option_invalid' })
  }
  expect(ran).toEqual([])
})

test('SQLite has no schemas, and says so', async () => {
  const opening = openStorage(new Database(':memory:'), { schema: 'auth', migrate: true })
  await expect(opening).rejects.toMatchObject({
    code: 'option_invalid',
    message: expect.stringMatching(/no schemas in sqlite/),
  })
})

test('without a driver the error says what to install and why none would do', async () => {
  const drivers = [
    { module: 'no-such-driver', exported: 'default' },
    { module: 'node:path', exported: 'Database' },
  ]
  await expect(loadSqliteDriver(drivers)).rejects.toMatchObject({
    code: 'storage_driver_missing',
    message: expect.stringMatching(/npm install libsql.*no-such-driver: .*node:path: has no Database/),
  })
})

test('a driver that does not work is passed over for one that does', async () => {
  const open = await loadSqliteDriver([
    { module: 'no-such-driver', exported: 'default' },
    { module: 'libsql', exported: 'default' },
  ])
  expect(open(':memory:').prepare('select 1 as one').all([])).toEqual([{ one: 1 }])
})
