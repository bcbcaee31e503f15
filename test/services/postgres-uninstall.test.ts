import { afterAll, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { schema as statementsOf } from '../../src/storage/sql/schema.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())
  const objects = async () =>
    (
      await schema.admin.query('select relname from pg_class where relnamespace = $1::regnamespace order by 1', [
        schema.name,
      ])
    ).rows

  test.each([
    { partitions: undefined },
    { partitions: 3 },
  ])('uninstalling drops all that was made, and leaves the schema: %j', async (options) => {
    const at = { tablePrefix: 'app_', schema: schema.name }
    for (const statement of statementsOf('postgres', at.tablePrefix, { ...options, schema: at.schema }))
      await schema.admin.query(statement)
    const storage = await openStorage(schema.admin, at)
    expect(await storage.uninstall?.()).toEqual(
      ['sessions', 'session_users', 'session_meta'].map((end) => `${schema.name}.app_${end}`),
    )
    expect(await objects()).toEqual([])
  })

  test('what hangs on a table of ours keeps all of them', async () => {
    const storage = await openStorage(schema.admin, { migrate: true })
    await schema.admin.query('create view mine as select user_id from user_session_users')
    const before = await objects()
    await expect(storage.uninstall?.()).rejects.toThrow(/user_session_users.*depend/)
    expect(await objects()).toEqual(before)
    await schema.admin.query('alter table user_sessions rename column end_id to other')
    await expect(storage.uninstall?.()).rejects.toThrow(/user_sessions is no table of ours/)
    expect(await objects()).toEqual(before)
  })
}
