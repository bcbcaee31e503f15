import Database from 'libsql'
import { expect, test } from 'vitest'
import { memoryStorage } from '../../../src/storage/memory.js'
import { openStorage } from '../../../src/storage/open-storage.js'
import { Stage } from '../../../src/testing/storage/stage.js'

const objects = (database: Database.Database) => database.prepare('select name from sqlite_master order by name').all()

async function installed(tablePrefix = 'user_') {
  const database = new Database(':memory:')
  database.exec('create table users (id text); create index users_id on users (id)')
  const before = objects(database)
  const storage = await openStorage(database, { migrate: true, tablePrefix })
  await new Stage(storage).signIn('ada')
  return { database, before, storage }
}

test('uninstalling drops our tables and indexes and nothing else, and they can be made again', async () => {
  const { database, before, storage } = await installed('app_')
  const names = ['app_sessions', 'app_session_users', 'app_session_meta']
  const with_ = objects(database)
  expect(await storage.uninstall?.({ dryRun: true })).toEqual(names)
  expect(objects(database)).toEqual(with_)
  expect(await storage.uninstall?.()).toEqual(names)
  expect(objects(database)).toEqual(before)
  await expect(storage.uninstall?.()).rejects.toMatchObject({ code: 'storage_schema_missing' })
  const again = await openStorage(database, { migrate: true, tablePrefix: 'app_' })
  expect(await again.list('ada')).toEqual([])
})

test.each([
  ['drop table user_sessions; create table user_sessions (id integer, mine text)', /user_sessions is no table of ours/],
  ['alter table user_session_users rename column disabled to off', /user_session_users is no table of ours/],
  [`delete from user_session_meta`, /user_session_meta is no table of ours/],
  ['drop table user_session_meta', /user_session_meta is no table of ours/],
  [`update user_session_meta set value = '4' where key = 'schema_version'`, /Uninstall with the version/],
])('tables that are not what we made are left alone, all of them: %s', async (change, message) => {
  const { database, storage } = await installed()
  database.exec(change)
  const before = objects(database)
  for (const dryRun of [true, false]) {
    await expect(storage.uninstall?.({ dryRun })).rejects.toThrow(message)
    expect(objects(database)).toEqual(before)
  }
})

test('a storage in memory has nothing to uninstall', () => {
  expect(memoryStorage().uninstall).toBeUndefined()
})
