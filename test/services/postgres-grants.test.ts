import { afterAll, beforeEach, expect, test } from 'vitest'
import { UserSessionsError } from '../../src/index.js'
import { openStorage } from '../../src/storage/open-storage.js'
import { schema as statementsOf } from '../../src/storage/sql/schema.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { hasPostgres, POSTGRES_URL, TestSchema } from './postgres-server.js'
import { useEverything } from './use-everything.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  const role = `${schema.name}_app-role`
  await schema.admin.query(`create role "${role}"`)
  const pool = schema.pool({ connectionString: POSTGRES_URL, options: `-c search_path=${schema.name} -c role=${role}` })
  afterAll(async () => {
    await schema.admin.query(`drop owned by "${role}"; drop role "${role}"`)
    await schema[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await schema.admin.query(`drop schema if exists ${schema.name} cascade; create schema ${schema.name}`)
    await openStorage(schema.admin, { migrate: true })
  })

  /** Opens as the role that may do little. */
  const open = (options = {}) => openStorage(pool, options)
  const grantAll = async () => {
    for (const statement of statementsOf('postgres', undefined, { schema: schema.name, grantTo: role }).slice(-2))
      await schema.admin.query(statement)
  }

  test.each([{}, { schema: schema.name }])('what the error says to run is enough, for everything: %j', async (at) => {
    const fault: unknown = await open(at).catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(UserSessionsError)
    expect(fault).toMatchObject({ code: 'storage_grant_missing' })
    const message = fault instanceof Error ? fault.message : ''
    expect(message).toContain(
      `usage of the schema ${schema.name}; select, insert, update, delete on user_session_meta;`,
    )
    await schema.admin.query(message.slice(message.indexOf('grant ')))
    const stage: Stage = new Stage(await open({ ...at, clock: () => stage.now }))
    await useEverything(stage)
    await expect(pool.query(`create table ${schema.name}.t (x int)`)).rejects.toThrow(/denied/)
    await expect(pool.query(`alter table ${schema.name}.user_sessions add column x int`)).rejects.toThrow(/owner/)
  })

  test.each(['select', 'insert', 'update', 'delete'])('the one right that is missing is named: %s', async (right) => {
    await grantAll()
    await open()
    await schema.admin.query(`revoke ${right} on user_session_users from "${role}"`)
    await expect(open()).rejects.toMatchObject({
      code: 'storage_grant_missing',
      message: expect.stringContaining(`lacks: ${right} on user_session_users. Run`),
    })
  })

  test('the printed grants are those that are needed, for partitions too', async () => {
    await schema.admin.query(`drop table user_sessions, user_session_users, user_session_meta`)
    const options = { schema: schema.name, grantTo: role, partitions: 2 }
    for (const statement of statementsOf('postgres', undefined, options)) await schema.admin.query(statement)
    await useEverything(new Stage(await open()))
  })

  test('a role that may not make tables may say `migrate: true` when there is nothing to do, and else is told to leave it', async () => {
    await grantAll()
    await open({ migrate: true })
    for (const options of [{ tablePrefix: 'more_' }, { schema: `${schema.name}_more` }]) {
      await expect(open({ ...options, migrate: true })).rejects.toMatchObject({
        code: 'storage_grant_missing',
        message: expect.stringMatching(/may not make or change tables \(permission denied.*npx usersessions migrate/),
      })
    }
  })
}

test('a name of a role is quoted, whatever it is', () => {
  expect(statementsOf('postgres', undefined, { grantTo: 'x"; drop table y; --' }).at(-1)).toMatch(
    / to "x""; drop table y; --"$/,
  )
  expect(() => statementsOf('postgres', undefined, { grantTo: '' })).toThrow(/no name of a role/)
  expect(() => statementsOf('sqlite', undefined, { grantTo: 'app' })).toThrow(/sqlite/)
})
