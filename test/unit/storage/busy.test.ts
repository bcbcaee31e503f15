import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterAll, expect, test } from 'vitest'
import { openStorage } from '../../../src/storage/open-storage.js'
import { sqlStorage } from '../../../src/storage/sql/sql-storage.js'
import { sqlite } from '../../../src/storage/sql/sqlite.js'
import { sqliteRunner } from '../../../src/storage/sql/sqlite-runner.js'
import { toSqliteHandle } from '../../../src/storage/sql/to-sqlite-handle.js'

const folder = await mkdtemp(join(tmpdir(), 'usersessions-busy-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a lock that is held for long is storage_busy after bounded retries', async () => {
  const file = join(folder, 'held.db')
  const database = new Database(file)
  await openStorage(database, { migrate: true })
  const other = new Database(file)
  other.exec('begin immediate')
  const runner = sqliteRunner(toSqliteHandle(database), { owned: false, retries: 3 })
  const storage = sqlStorage({ runner, dialect: sqlite })
  await expect(storage.block('alice', true)).rejects.toMatchObject({ code: 'storage_busy' })
  other.exec('rollback')
  await storage.block('alice', true)
  expect(await storage.isBlocked('alice')).toBe(true)
})

test('a lock that goes away is waited for', async () => {
  const file = join(folder, 'short.db')
  const storage = await openStorage(`sqlite:${file}`, { migrate: true })
  const other = new Database(file)
  other.exec('begin immediate')
  const blocking = storage.block('alice', true)
  await new Promise(setImmediate)
  other.exec('commit')
  await blocking
  expect(await storage.isBlocked('alice')).toBe(true)
  await storage.close()
})

test("nothing of the app's on a shared handle comes into our transactions, and ours wait for its own", async () => {
  const database = new Database(':memory:')
  const storage = await openStorage(database, { migrate: true })
  database.exec('create table app (n integer)')
  const app = async () => {
    for (let n = 0; n < 50; n++) {
      database.exec('begin')
      database.exec(`insert into app values (${n})`)
      if (n % 10 === 0) await new Promise(setImmediate)
      else await null
      database.exec(n % 2 ? 'rollback' : 'commit')
      await null
    }
  }
  const ours = Array.from({ length: 50 }, async (_, n) => {
    for (let turn = 0; turn < n; turn++) await null
    await storage.block(`user ${n}`, true)
  })
  await Promise.all([app(), ...ours])
  for (let n = 0; n < 50; n++) expect(await storage.isBlocked(`user ${n}`)).toBe(true)
  expect(database.prepare('select count(*) as n from app').all([])).toEqual([{ n: 25 }])
})

test('a statement that fails undoes its whole transaction', async () => {
  const database = new Database(':memory:')
  const storage = await openStorage(database, { migrate: true })
  await storage.block('alice', false)
  database.exec(`create trigger fail before update on user_session_users begin select raise(abort, 'no'); end`)
  await expect(storage.block('alice', true)).rejects.toThrow('no')
  database.exec('drop trigger fail')
  expect(database.inTransaction).toBe(false)
  await storage.block('alice', true)
  expect(await storage.isBlocked('alice')).toBe(true)
})
