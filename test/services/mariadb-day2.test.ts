import { getTableConfig, type MySqlTable } from 'drizzle-orm/mysql-core'
import { afterAll, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { models } from '../../src/storage/sql/schema.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { drizzleModule } from '../unit/storage/drizzle-module.js'
import { findsWhatWasThere, oldTables } from '../unit/storage/old-tables.js'
import { prismaFacts } from '../unit/storage/prisma-facts.js'
import { hasMariadb, TestDatabase } from './mariadb-server.js'
import { useEverything } from './use-everything.js'

const NAMES = ['user_session_meta', 'user_session_users', 'user_sessions']

if (await hasMariadb()) {
  const fresh = await TestDatabase.make()
  afterAll(() => fresh[Symbol.asyncDispose]())
  await openStorage(fresh.admin, { migrate: true })

  async function rows(database: TestDatabase, sql: string): Promise<Record<string, unknown>[]> {
    const [found] = await database.admin.query(sql, [database.name])
    return Array.isArray(found) ? found.map((row) => ({ ...row })) : []
  }
  const columns = (database: TestDatabase) =>
    rows(
      database,
      `select table_name as 'table', column_name as name, column_type as type, is_nullable as nullable, column_default as 'default'
         from information_schema.columns where table_schema = ? order by table_name, ordinal_position`,
    )
  const indexes = (database: TestDatabase) =>
    rows(
      database,
      `select table_name as 'table', index_name as name, non_unique as several, group_concat(column_name order by seq_in_index) as columns
         from information_schema.statistics where table_schema = ? group by table_name, index_name, non_unique order by 1, 2`,
    )

  test.each([1, 2])('tables of version %i keep what is in them, and become those of this version', async (version) => {
    await using old = await TestDatabase.make()
    for (const statement of oldTables('mysql', version)) await old.admin.query(statement)
    await expect(openStorage(old.admin)).rejects.toMatchObject({ code: 'storage_schema_old' })
    await findsWhatWasThere(await openStorage(old.admin, { migrate: true }))
    expect(await columns(old)).toEqual(await columns(fresh))
    expect(await indexes(old)).toEqual(await indexes(fresh))
  })

  test('the module for Drizzle compiles, and has the columns and indexes that a migration makes', async () => {
    const tables = Object.values(await drizzleModule(models('drizzle', 'mysql'))) as MySqlTable[]
    const configs = tables.map((table) => getTableConfig(table)).sort((a, b) => (a.name < b.name ? -1 : 1))
    const modelled = configs.flatMap(({ name: table, columns }) =>
      columns.map((column) => `${table}.${column.name} ${column.getSQLType()}${column.notNull ? ' not null' : ''}`),
    )
    const made = (await columns(fresh)).map(
      ({ table, name, type, nullable }) =>
        `${table}.${name} ${String(type).replace('bigint(20)', 'bigint')}${nullable === 'NO' ? ' not null' : ''}`,
    )
    expect(modelled.sort()).toEqual(made.sort())
    const named = configs.flatMap(({ indexes, uniqueConstraints }) => [
      ...indexes.map(({ config }) => config.name),
      ...uniqueConstraints.map(({ name }) => name),
    ])
    const others = (await indexes(fresh)).filter(({ name }) => name !== 'PRIMARY').map(({ name }) => name)
    expect(named.sort()).toEqual(others.sort())
  })

  test('the models for Prisma have the columns that a migration makes', async () => {
    const types = {
      'Bytes@db.VarBinary(255)': 'varbinary(255)',
      'Bytes@db.VarBinary(32)': 'varbinary(32)',
      'Bytes@db.Binary(16)': 'binary(16)',
      'Bytes@db.MediumBlob': 'mediumblob',
      'String@db.MediumText': 'mediumtext',
      BigInt: 'bigint',
    }
    const modelled = prismaFacts(models('prisma', 'mysql'), types)
      .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.replace(/ default .*/, '')}`))
      .sort()
    const made = (await columns(fresh)).map(
      ({ table, name, type, nullable }) =>
        `${table}.${name} ${String(type).replace('bigint(20)', 'bigint')}${nullable === 'NO' ? ' not null' : ''}`,
    )
    expect(modelled).toEqual(made.sort())
    // Prisma refuses a name for it where the database has none.
    expect(models('prisma', 'mysql')).toContain('@@id([user_id, id])\n')
  })

  test('uninstalling drops all that was made, and tables that are not ours are left', async () => {
    await using database = await TestDatabase.make()
    const storage = await openStorage(database.admin, { migrate: true })
    expect([...((await storage.uninstall?.()) ?? [])].sort()).toEqual(NAMES)
    expect(await columns(database)).toEqual([])
    const again = await openStorage(database.admin, { migrate: true })
    await database.admin.query('alter table user_sessions rename column end_id to other')
    await expect(again.uninstall?.()).rejects.toThrow(/user_sessions is no table of ours/)
    expect((await columns(database)).length).toBeGreaterThan(20)
  })

  test('a secret can be dropped: keys are sealed anew beside ends and re-keys', async () => {
    const stage: Stage = new Stage(await openStorage(fresh.admin, { clock: () => stage.now }))
    const [ada, bob] = [await stage.signIn('ada'), await stage.signIn('bob')]
    const to = new Uint8Array(60).fill(7)
    const from = (record: { sealedKey: Uint8Array | null }) => record.sealedKey ?? new Uint8Array()
    await stage.storage.end('bob', 'all', stage.how())
    const batch = [ada, bob].map((each) => ({ userId: each.userId, id: each.id, from: from(each), to }))
    expect(await stage.storage.reseal(batch)).toBe(1)
    expect(await stage.storage.reseal(batch)).toBe(0)
    expect((await stage.storage.get('ada', ada.id))?.sealedKey).toEqual(to)
    await useEverything(stage)
  })

  test('a schema is none of MySQL: it says so', async () => {
    await expect(openStorage(fresh.admin, { schema: 'auth' })).rejects.toMatchObject({ code: 'option_invalid' })
  })
}
