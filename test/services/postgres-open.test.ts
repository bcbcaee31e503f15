import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { openStorage, type StorageInput } from '../../src/storage/open-storage.js'
import { openPostgresUrl } from '../../src/storage/sql/open-postgres.js'
import { postgres } from '../../src/storage/sql/postgres.js'
import { schema as schemaOf } from '../../src/storage/sql/schema.js'
import { schemaStatements } from '../../src/storage/sql/schema-statements.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { compiledSource } from '../unit/storage/compiled-source.js'
import { hasPostgres, TestSchema } from './postgres-server.js'
import { useEverything } from './use-everything.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())

  test('tables that are missing or of another version are an error that says what to do', async () => {
    const tablePrefix = 'versions_'
    const open = (migrate = false) => openStorage(schema.admin, { tablePrefix, migrate })
    await expect(open()).rejects.toMatchObject({ code: 'storage_schema_missing' })
    await open(true)
    await open()
    await schema.admin.query(
      "update versions_session_meta set value = '99' where key in ('schema_version', 'compatible_since')",
    )
    for (const migrate of [false, true])
      await expect(open(migrate)).rejects.toMatchObject({ code: 'storage_schema_new' })
  })

  test('processes that migrate at the same moment all start, and the tables are made once', async () => {
    const source = await compiledSource()
    try {
      for (let round = 0; round < 2; round++) {
        const at = Date.now() + 3000
        const script = `
          import { openStorage } from '${source}/storage/open-storage.js'
          await new Promise((go) => setTimeout(go, ${at} - Date.now()))
          let made = 0
          const onStatement = (sql) => { if (sql.startsWith('create table "race_${round}_sessions"')) made++ }
          const storage = await openStorage(process.env.URL, { migrate: true, tablePrefix: 'race_${round}_', onStatement })
          console.log(made, await storage.meta('schema_version'), await storage.meta('id', { value: String(process.pid), ifAbsent: true }))
          await storage.close()`
        const start = () =>
          promisify(execFile)(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
            env: { ...process.env, URL: schema.url },
          })
        const printed = (await Promise.all(Array.from({ length: 8 }, start))).map(({ stdout }) => stdout.trim())
        expect(printed.filter((line) => line.startsWith('1 '))).toHaveLength(1)
        const rest = printed.map((line) => line.slice(2))
        expect(new Set(rest).size).toBe(1)
        expect(rest[0]).toMatch(/^3 \d+$/)
      }
    } finally {
      await rm(source, { recursive: true, force: true })
    }
  })

  test('the printed statements make the same tables as a migration', async () => {
    await openStorage(schema.admin, { tablePrefix: 'migrated_', migrate: true })
    for (const statement of schemaStatements(postgres, 'printed_')) await schema.admin.query(statement)
    const tables = async (prefix: string) => {
      const names = `(select '${prefix}' || unnest(array['sessions', 'session_users', 'session_meta']))`
      const { rows } = await schema.admin.query(
        `select c.relname, c.reloptions::text as is, null as indexdef from pg_class c
           where c.relnamespace = '${schema.name}'::regnamespace and c.relname in ${names}
         union all select column_name, data_type || is_nullable || coalesce(collation_name, ''), null
           from information_schema.columns where table_schema = '${schema.name}' and table_name in ${names}
         union all select indexname, null, indexdef from pg_indexes where schemaname = '${schema.name}' and tablename in ${names}`,
      )
      return rows.map((row) => JSON.stringify(row).replaceAll(prefix, '')).sort()
    }
    expect(await tables('printed_')).toEqual(await tables('migrated_'))
    expect(String(await tables('printed_'))).toContain('fillfactor=80')
    await openStorage(schema.admin, { tablePrefix: 'printed_' })
  })

  test('a user who may only read and write the rows is enough', async () => {
    await openStorage(schema.admin, { tablePrefix: 'rights_', migrate: true })
    const role = `${schema.name}_app`
    await schema.admin.query(`create role ${role}; grant usage on schema ${schema.name} to ${role};
      grant select, insert, update, delete on rights_sessions, rights_session_users, rights_session_meta to ${role}`)
    const pool = schema.pool({ max: 1 })
    await pool.query(`set role ${role}`)
    const stage: Stage = new Stage(await openStorage(pool, { tablePrefix: 'rights_', clock: () => stage.now }))
    await useEverything(stage)
    await pool.query('reset role')
    await schema.admin.query(`drop owned by ${role}; drop role ${role}`)
  })

  test("the app's pool is not ended with the storage, and ours is", async () => {
    const pool = schema.pool()
    const storage = await openStorage(pool, { migrate: true })
    await storage.close()
    expect(pool.ending).toBe(false)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    const own = await openStorage(`${schema.url}&application_name=${schema.name}_own`)
    const connections = async () =>
      (await schema.admin.query('select 1 from pg_stat_activity where application_name = $1', [`${schema.name}_own`]))
        .rowCount
    expect(await connections()).toBeGreaterThan(0)
    await own.close()
    await expect.poll(connections, { timeout: 10_000 }).toBe(0)
  })

  test('a server, a database or a user that is not there is storage_unavailable, and no password is shown', async () => {
    const at = new URL(schema.url)
    at.password = 'hunter2'
    const refused = Object.assign(new URL(at), { host: '127.0.0.1:1' })
    const unknown = Object.assign(new URL(at), { pathname: '/no_such_database' })
    const foreign = Object.assign(new URL(at), { username: 'no_such_user' })
    for (const url of [refused, unknown, foreign].map(String)) {
      const error: unknown = await openStorage(url).catch((thrown: unknown) => thrown)
      expect(error, url).toMatchObject({ code: 'storage_unavailable' })
      expect(`${error}${JSON.stringify(error)}`).not.toContain('hunter2')
    }
  })

  test('a pool that stays away throws storage_unavailable, whatever the call', async () => {
    const pool = schema.pool()
    const storage = await openStorage(pool, { migrate: true })
    await pool.end()
    await expect(storage.list('alice')).rejects.toMatchObject({ code: 'storage_unavailable' })
    await expect(storage.block('alice', true)).rejects.toMatchObject({ code: 'storage_unavailable' })
  })

  test('a single connection is no pool', async () => {
    const client = new pg.Client(schema.url)
    await expect(openStorage(client as unknown as StorageInput)).rejects.toThrow(/Pool of pg/)
  })
}

test('the statements of partitions are PostgreSQL only, and a number that is none is refused', () => {
  expect(schemaOf('postgres', 'app_', { partitions: 3 }).filter((each) => each.includes('partition of'))).toHaveLength(
    3,
  )
  for (const partitions of [0, -1, 1.5, Number.NaN, 1001]) {
    expect(() => schemaOf('postgres', 'app_', { partitions })).toThrow(/partitions/)
  }
  expect(() => schemaOf('sqlite', 'app_', { partitions: 8 })).toThrow(/partitions/)
})

test('without pg the error says what to install', async () => {
  await expect(openPostgresUrl('postgres://app:hunter2@db/app', {}, 'no-such-driver')).rejects.toMatchObject({
    code: 'storage_driver_missing',
    message: expect.stringMatching(/npm install pg/),
  })
})

test('a URL that cannot be read says how to write a password, and shows none', async () => {
  const error: unknown = await openStorage('postgres://app:hunt/er2@db/app').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'storage_url_unknown', message: expect.stringContaining('%2F') })
  expect(String(error)).not.toMatch(/hunt|er2/)
})
