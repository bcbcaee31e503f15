import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import mysql2, { createPool as createCallbackPool } from 'mysql2'
import mysql from 'mysql2/promise'
import { afterAll, expect, test } from 'vitest'
import { openStorage, type StorageInput } from '../../src/storage/open-storage.js'
import { mysql as dialect } from '../../src/storage/sql/mysql.js'
import { openMysqlUrl } from '../../src/storage/sql/open-mysql.js'
import { schema as schemaOf } from '../../src/storage/sql/schema.js'
import { schemaStatements } from '../../src/storage/sql/schema-statements.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { compiledSource } from '../unit/storage/compiled-source.js'
import { interceptedMysqlPool } from './intercepted-mysql-pool.js'
import { hasMariadb, TestDatabase } from './mariadb-server.js'
import { useEverything } from './use-everything.js'

if (await hasMariadb()) {
  const database = await TestDatabase.make()
  const { admin } = database
  afterAll(() => database[Symbol.asyncDispose]())

  test('tables that are missing or of another version are an error that says what to do', async () => {
    const tablePrefix = 'versions_'
    const open = (migrate = false) => openStorage(admin, { tablePrefix, migrate })
    await expect(open()).rejects.toMatchObject({ code: 'storage_schema_missing' })
    await open(true)
    await open()
    await admin.query(
      "update versions_session_meta set value = '99' where `key` in ('schema_version', 'compatible_since')",
    )
    for (const migrate of [false, true])
      await expect(open(migrate)).rejects.toMatchObject({ code: 'storage_schema_new' })
  })

  test('processes that migrate at the same moment all start, and the tables are made once', async () => {
    const source = await compiledSource()
    try {
      for (let round = 0; round < 3; round++) {
        const at = Date.now() + 1500
        const script = `
          import { openStorage } from '${source}/storage/open-storage.js'
          await new Promise((go) => setTimeout(go, ${at} - Date.now()))
          const storage = await openStorage(process.env.URL, { migrate: true, tablePrefix: 'race_${round}_' })
          console.log(await storage.meta('schema_version'), await storage.meta('id', { value: String(process.pid), ifAbsent: true }))
          await storage.close()`
        const start = () =>
          promisify(execFile)(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
            env: { ...process.env, URL: database.url },
          })
        const printed = (await Promise.all([start(), start(), start()])).map(({ stdout }) => stdout.trim())
        expect(new Set(printed).size).toBe(1)
        expect(printed[0]).toMatch(/^3 \d+$/)
      }
    } finally {
      await rm(source, { recursive: true, force: true })
    }
  })

  test('a migration that was cut off after any statement is finished by the next one', async () => {
    const text = (n: number) => `cut_${n}_`
    let done = 0
    for (let cut = 0, made = false; !made; cut++) {
      let statements = 0
      const cutting = interceptedMysqlPool(admin, ({ query, run }) => {
        if (/^(create|alter)/.test(query.sql) && ++statements > cut) throw new Error('cut off')
        return run()
      })
      const first = openStorage(cutting, { migrate: true, tablePrefix: text(cut) })
      made = await first.then(
        () => true,
        () => false,
      )
      const stage: Stage = new Stage(
        await openStorage(admin, { migrate: true, tablePrefix: text(cut), clock: () => stage.now }),
      )
      await stage.signIn('alice')
      done++
    }
    expect(done).toBeGreaterThan(8)
  })

  test('the printed statements make the same tables as a migration', async () => {
    await openStorage(admin, { tablePrefix: 'migrated_', migrate: true })
    for (const statement of schemaStatements(dialect, 'printed_')) await admin.query(statement)
    const tables = async (prefix: string) => {
      const made = ['sessions', 'session_users', 'session_meta'].map(async (name) => {
        const [rows] = await admin.query(`show create table ${prefix}${name}`)
        return JSON.stringify(rows).replaceAll(prefix, '')
      })
      return Promise.all(made)
    }
    expect(await tables('printed_')).toEqual(await tables('migrated_'))
    await openStorage(admin, { tablePrefix: 'printed_' })
  })

  test('a user who may only read and write the rows is enough', async () => {
    await openStorage(admin, { tablePrefix: 'rights_', migrate: true })
    const user = `${database.name.slice(-12)}_app`
    await admin.query(`create user '${user}'@'127.0.0.1' identified by 'a p/w'`)
    for (const table of ['sessions', 'session_users', 'session_meta'])
      await admin.query(
        `grant select, insert, update, delete on ${database.name}.rights_${table} to '${user}'@'127.0.0.1'`,
      )
    const url = new URL(database.url)
    Object.assign(url, { hostname: '127.0.0.1', username: user, password: encodeURIComponent('a p/w') })
    const own = await openStorage(String(url), { tablePrefix: 'rights_', clock: () => stage.now })
    const stage: Stage = new Stage(own)
    await useEverything(stage)
    await own.close()
    await expect(openStorage(String(url), { tablePrefix: 'other_', migrate: true })).rejects.toMatchObject({
      code: 'storage_unavailable',
    })
    await admin.query(`drop user '${user}'@'127.0.0.1'`)
  })

  test("the app's pool is not ended with the storage, and what its connections are set to stays", async () => {
    const pool = database.pool({ connectionLimit: 1 })
    const settings = async () => {
      const [rows] = await pool.query('select @@tx_isolation, @@innodb_lock_wait_timeout, @@autocommit, @@sql_mode')
      return rows
    }
    const before = await settings()
    const stage: Stage = new Stage(await openStorage(pool, { migrate: true, clock: () => stage.now }))
    await useEverything(stage)
    await stage.storage.close()
    expect(await settings()).toEqual(before)
    await expect(stage.storage.list('alice')).rejects.toMatchObject({ code: 'closed' })
  })

  test('a server, a database or a user that is not there is storage_unavailable, and no password is shown', async () => {
    const at = new URL(database.url)
    at.password = 'hunter2'
    const refused = Object.assign(new URL(at), { host: '127.0.0.1:1' })
    const unknown = Object.assign(new URL(database.url), { pathname: '/no_such_database' })
    const foreign = Object.assign(new URL(at), { username: 'no_such_user' })
    for (const url of [refused, unknown, foreign].map(String)) {
      const error: unknown = await openStorage(url).catch((thrown: unknown) => thrown)
      expect(error, url).toMatchObject({ code: 'storage_unavailable' })
      expect(`${error}${JSON.stringify(error)}`).not.toContain('hunter2')
    }
  })

  test('a pool that stays away throws storage_unavailable, whatever the call', async () => {
    const pool = mysql.createPool(database.url)
    const storage = await openStorage(pool, { migrate: true })
    await pool.end()
    await expect(storage.list('alice')).rejects.toMatchObject({ code: 'storage_unavailable' })
    await expect(storage.block('alice', true)).rejects.toMatchObject({ code: 'storage_unavailable' })
  })

  test.each([
    ['another character set', { charset: 'latin1' }, undefined, /latin1.*charset: 'utf8mb4'/],
    ['escapes switched off', {}, "set sql_mode = 'NO_BACKSLASH_ESCAPES'", /NO_BACKSLASH_ESCAPES/],
    ['autocommit switched off', {}, 'set autocommit = 0', /autocommit/],
  ])('a pool with %s is refused, and the error says how to mend it', async (_, options, setting, message) => {
    const pool = createCallbackPool({ uri: database.url, ...options })
    if (setting) pool.on('connection', (connection) => connection.query(setting, () => {}))
    await expect(openStorage(pool, { migrate: true })).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringMatching(message),
    })
    await new Promise((ended) => pool.end(ended))
  })

  test.each([
    ['8.0.3', /MySQL 8\.0\.3, and 8\.0\.4/],
    ['5.5.5-10.5.12-MariaDB-log', /MariaDB 10\.5\.12, and 10\.6\.0/],
    ['8.4.2', undefined],
    ['11.8.1-MariaDB', undefined],
  ])('a server that says it is %s is refused if it is too old', async (version, message) => {
    const posing = interceptedMysqlPool(admin, async ({ query, run }) => {
      if (!query.sql.includes('version()')) return run()
      return [[{ version, mode: '', charset: 'utf8mb4', autocommit: 1 }], []]
    })
    const opening = openStorage(posing, { migrate: true })
    if (message) await expect(opening).rejects.toThrow(message)
    else await opening
  })

  test('a single connection is no pool, nor is a pool of another package', async () => {
    const connection = await mysql.createConnection(database.url)
    const other = { getConnection() {}, query() {}, end() {} }
    for (const wrong of [connection, mysql2.createConnection(database.url)]) {
      await expect(openStorage(wrong as unknown as StorageInput)).rejects.toThrow(/pool of mysql2/)
      await wrong.end()
    }
    await expect(openStorage(other as unknown as StorageInput)).rejects.toThrow(/npm install mysql2/)
  })

  test('every statement but a search reaches its rows through an index', async () => {
    const ran = new Map<string, unknown[]>()
    const watched = interceptedMysqlPool(admin, ({ query, run }) => {
      ran.set(query.sql, query.values)
      return run()
    })
    const open = { clock: () => stage.now, migrate: true, tablePrefix: 'plans_' }
    const stage: Stage = new Stage(await openStorage(watched, open))
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 50 }, (_, n) => stage.signIn(`user ${n} ${round}`)))
    await admin.query('analyze table plans_sessions, plans_session_users')
    ran.clear()
    await useEverything(stage)
    const read = [...ran].filter(([text]) => /^(select|update|delete)/.test(text.trim()) && /plans_/.test(text))
    expect(read.length).toBeGreaterThan(12)
    for (const [text, values] of read) {
      const [plan] = await admin.query(`explain ${text}`, values)
      const scans = (Array.isArray(plan) ? plan : []).filter(
        (row) => Reflect.get(row, 'type') === 'ALL' && /^(plans_|s$)/.test(String(Reflect.get(row, 'table'))),
      )
      expect(scans, text).toEqual([])
    }
  })
}

test('partitions are a clause of the table', () => {
  expect(schemaOf('mysql', 'app_', { partitions: 3 }).filter((each) => each.includes('partitions 3'))).toHaveLength(1)
})

test('without mysql2 the error says what to install', async () => {
  await expect(openMysqlUrl('mysql://app:hunter2@db/app', {}, 'no-such-driver')).rejects.toMatchObject({
    code: 'storage_driver_missing',
    message: expect.stringMatching(/npm install mysql2/),
  })
})

test.each([
  'mysql://app:hunt/er2@db/app',
  'mysql://db',
  'mariadb://app:hunter2@db/',
])('a URL that cannot be read says how to write one, and shows no password', async (url) => {
  const error: unknown = await openStorage(url).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'storage_url_unknown', message: expect.stringContaining('%2F') })
  expect(String(error)).not.toMatch(/hunt|er2/)
})
