import Database from 'libsql'
import { expect, test } from 'vitest'
import { openStorage } from '../../../src/storage/open-storage.js'
import { schemaStatements } from '../../../src/storage/sql/schema-statements.js'
import { sqlite } from '../../../src/storage/sql/sqlite.js'

const both = /npx usersessions migrate.*migrate: true/

test('tables that are missing are an error that says how to make them', async () => {
  const opening = openStorage(new Database(':memory:'))
  await expect(opening).rejects.toMatchObject({ code: 'storage_schema_missing', message: expect.stringMatching(both) })
})

test('tables of an older or a later version are an error that says so', async () => {
  const database = new Database(':memory:')
  await openStorage(database, { migrate: true })
  database.exec(`update user_session_meta set value = '0.5' where key = 'schema_version'`)
  await expect(openStorage(database)).rejects.toMatchObject({
    code: 'storage_schema_old',
    message: expect.stringMatching(both),
  })
  database.exec(`update user_session_meta set value = '99' where key in ('schema_version', 'compatible_since')`)
  for (const migrate of [false, true]) {
    await expect(openStorage(database, { migrate })).rejects.toMatchObject({
      code: 'storage_schema_new',
      message: expect.stringMatching(/version 99.*install/),
    })
  }
})

test('migrating twice changes nothing the second time', async () => {
  const database = new Database(':memory:')
  const first = await openStorage(database, { migrate: true })
  await first.meta('id', { value: 'kept' })
  const ran: string[] = []
  const second = await openStorage(database, { migrate: true, onStatement: (sql) => ran.push(sql) })
  expect(await second.meta('id')).toBe('kept')
  expect(ran.filter((sql) => /create|insert/.test(sql))).toEqual([])
})

test('the printed statements make the same tables as a migration, under any prefix', async () => {
  const migrated = new Database(':memory:')
  await openStorage(migrated, { migrate: true, tablePrefix: 'app_' })
  const printed = new Database(':memory:')
  for (const statement of schemaStatements(sqlite, 'app_')) printed.exec(statement)
  const schema = (database: Database.Database) =>
    database.prepare('select sql from sqlite_master where sql is not null order by name').all()
  expect(schema(printed)).toEqual(schema(migrated))
  expect(JSON.stringify(schema(printed))).not.toContain('user_session')
  const storage = await openStorage(printed, { tablePrefix: 'app_' })
  expect(await storage.list('alice')).toEqual([])
})

test('two prefixes in one database are two storages', async () => {
  const database = new Database(':memory:')
  const customers = await openStorage(database, { migrate: true })
  const staff = await openStorage(database, { migrate: true, tablePrefix: 'staff_' })
  await customers.block('alice', true)
  expect(await customers.isBlocked('alice')).toBe(true)
  expect(await staff.isBlocked('alice')).toBe(false)
})

test('tables are strict and every access by user, key, expiry or change uses an index', async () => {
  const database = new Database(':memory:')
  await openStorage(database, { migrate: true })
  expect(() => database.exec(`insert into user_session_users values ('a', 'not a time', 0, null, 0, null)`)).toThrow()
  for (const query of [
    `select * from user_sessions where user_id = 'a' and ended_at is null`,
    `select * from user_sessions where user_id = 'a' and key_hash = x'00'`,
    `select user_id, id from user_sessions where purge_after < 1 order by purge_after limit 9`,
    `select * from user_session_users where changed_at > 1`,
    `select * from user_session_users where erased_at < 1`,
    `select * from user_session_users where unsettled_since < 1 order by unsettled_since, user_id limit 9`,
  ]) {
    const plan = JSON.stringify(database.prepare(`explain query plan ${query}`).all())
    expect(plan, query).toContain('SEARCH')
    expect(plan, query).not.toMatch(/SCAN|TEMP B-TREE/)
  }
})
