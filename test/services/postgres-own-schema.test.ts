import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'
import { createUserSessions } from '../../src/index.js'
import { openStorage } from '../../src/storage/open-storage.js'
import { schema as statementsOf } from '../../src/storage/sql/schema.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { hasPostgres, POSTGRES_URL, TestSchema } from './postgres-server.js'
import { useEverything } from './use-everything.js'

const SECRET = 'a secret of at least 32 characters'

if (await hasPostgres()) {
  const home = await TestSchema.make()
  const made: string[] = []
  afterAll(async () => {
    for (const name of made) await home.admin.query(`drop schema if exists ${name} cascade`)
    await home[Symbol.asyncDispose]()
  })

  /** A name for a schema that is not there, dropped in the end. */
  function fresh(): string {
    const name = `${home.name}_${made.length}`
    made.push(name)
    return name
  }

  async function tablesIn(name: string): Promise<string[]> {
    const { rows } = await home.admin.query<{ relname: string }>(
      "select relname from pg_class where relnamespace = to_regnamespace($1) and relkind in ('r', 'p', 'i') order by 1",
      [name],
    )
    return rows.map(({ relname }) => relname)
  }

  test('migrating makes the schema and all tables and indexes in it, and nothing elsewhere', async () => {
    const schema = fresh()
    await expect(openStorage(home.admin, { schema })).rejects.toMatchObject({
      code: 'storage_schema_missing',
      message: expect.stringContaining(`${schema}.user_session*`),
    })
    const storage = await openStorage(home.admin, { schema, migrate: true })
    expect(await tablesIn(schema)).toContain('user_sessions')
    expect(await tablesIn(home.name)).toEqual([])
    await useEverything(new Stage(storage))
    await openStorage(home.admin, { schema })
  })

  test('two schemas in one database are two storages, and the app may have tables of these names itself', async () => {
    await home.admin.query('create table user_sessions (mine text)')
    const [a, b] = [fresh(), fresh()]
    const one = await openStorage(home.admin, { schema: a, migrate: true })
    const two = await openStorage(home.admin, { schema: b, migrate: true })
    await one.block('alice', true)
    expect([await one.isBlocked('alice'), await two.isBlocked('alice')]).toEqual([true, false])
    await home.admin.query('drop table user_sessions')
  })

  test('the printed statements make the same as a migration, partitions too', async () => {
    const [migrated, printed, parted] = [fresh(), fresh(), fresh()]
    await openStorage(home.admin, { schema: migrated, migrate: true })
    for (const statement of statementsOf('postgres', undefined, { schema: printed })) await home.admin.query(statement)
    expect(await tablesIn(printed)).toEqual(await tablesIn(migrated))
    const partitions = { schema: parted, partitions: 3 }
    for (const statement of statementsOf('postgres', undefined, partitions)) await home.admin.query(statement)
    expect(await tablesIn(parted)).toContain('user_sessions_2')
    await useEverything(new Stage(await openStorage(home.admin, { schema: parted })))
    expect(await tablesIn(home.name)).toEqual([])
  })

  test('a schema that is there is enough for who may make tables in it and no schemas', async () => {
    const schema = fresh()
    const role = `${home.name}_maker`
    await home.admin.query(`create role ${role}; create schema ${schema} authorization ${role}`)
    const pool = home.pool({ max: 1 })
    await pool.query(`set role ${role}`)
    await useEverything(new Stage(await openStorage(pool, { schema, migrate: true })))
    await pool.query('reset role')
    await home.admin.query(`drop owned by ${role} cascade; drop role ${role}`)
  })

  test.each([
    'auth"; drop schema public; --',
    'Auth',
    'a.b',
    '',
    'pg_toast',
    'information_schema',
    'ä',
    'a'.repeat(64),
  ])('a schema that is none is refused before any statement: %j', async (schema) => {
    const ran: string[] = []
    const opening = openStorage(home.admin, { schema, migrate: true, onStatement: (sql) => ran.push(sql) })
    await expect(opening).rejects.toMatchObject({ code: 'option_invalid' })
    expect(ran).toEqual([])
  })

  test('a word of SQL is a schema like any other', async () => {
    const longest = `${home.name}_`.padEnd(63, 'x')
    made.push(longest)
    for (const schema of [longest, 'user']) {
      await useEverything(new Stage(await openStorage(home.admin, { schema, migrate: true })))
    }
    await home.admin.query('drop schema "user" cascade')
  })

  test('an app and its command line find the schema, and a bus has a channel of its own for it', async () => {
    const [schema, other] = [fresh(), fresh()]
    const at = {
      storage: home.url,
      secret: SECRET,
      bus: home.url,
      migrate: true,
      maxStaleness: 3_600_000,
      purgeInterval: 0,
    }
    const nodes = await Promise.all([schema, schema, other].map((name) => createUserSessions({ ...at, schema: name })))
    const channels = await home.admin.query<{ query: string }>(
      `select query from pg_stat_activity where query ilike 'listen%${home.name}%'`,
    )
    expect(new Set(channels.rows.map(({ query }) => query)).size).toBe(2)
    const stage = new Stage(await openStorage(home.admin, { schema }))
    await stage.signIn('ada')
    const cli = join(import.meta.dirname, '../../dist/cli/main.js')
    const flags = ['list', 'ada', '--json', '--storage', POSTGRES_URL, '--schema', schema]
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...flags])
    expect(JSON.parse(stdout)).toHaveLength(1)
    await nodes[0]?.user('ada').endAll()
    await vi.waitFor(async () => expect(await nodes[1]?.user('ada').list()).toEqual([]))
    await Promise.all(nodes.map((node) => node.close()))
  })
}
