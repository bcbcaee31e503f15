import { afterAll, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { createContext } from '../../src/storage/sql/create-context.js'
import { migrate } from '../../src/storage/sql/migrate.js'
import { MIGRATIONS, SCHEMA_VERSION } from '../../src/storage/sql/migrations.js'
import { postgres } from '../../src/storage/sql/postgres.js'
import { postgresRunner } from '../../src/storage/sql/postgres-runner.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { findsWhatWasThere, oldTables } from '../unit/storage/old-tables.js'
import { hasPostgres, TestSchema } from './postgres-server.js'
import { useEverything } from './use-everything.js'

if (await hasPostgres()) {
  const fresh = await TestSchema.make()
  afterAll(() => fresh[Symbol.asyncDispose]())
  await openStorage(fresh.admin, { migrate: true })

  /** Columns and indexes, whatever the schema is called. */
  async function tables({ admin, name }: TestSchema): Promise<unknown[]> {
    const { rows } = await admin.query(
      `select table_name, column_name, data_type, is_nullable, column_default, ordinal_position, null as indexdef
         from information_schema.columns where table_schema = $1
       union all select tablename, indexname, null, null, null, 0, replace(indexdef, $1, '') from pg_indexes where schemaname = $1
       order by 1, 6, 2`,
      [name],
    )
    return rows
  }

  test.each([1, 2])('tables of version %i keep what is in them, and become those of this version', async (version) => {
    await using old = await TestSchema.make()
    for (const statement of oldTables('postgres', version)) await old.admin.query(statement)
    await expect(openStorage(old.admin)).rejects.toMatchObject({ code: 'storage_schema_old' })
    await findsWhatWasThere(await openStorage(old.admin, { migrate: true }))
    expect(await tables(old)).toEqual(await tables(fresh))
  })

  test('a process goes on, and starts, on tables that a later version has added to', async () => {
    await using schema = await TestSchema.make()
    const stage: Stage = new Stage(await openStorage(schema.admin, { migrate: true, clock: () => stage.now }))
    const runner = postgresRunner(schema.admin, { owned: false })
    await migrate(runner, createContext(postgres, 'user_'), [
      ...MIGRATIONS,
      {
        version: SCHEMA_VERSION + 1,
        statements: ({ db }) => [
          db.schema.alterTable('user_sessions').addColumn('later', 'text'),
          db.schema.alterTable('user_session_users').addColumn('later', 'bigint', (column) => column.defaultTo(7)),
        ],
      },
    ])
    await useEverything(stage)
    const restarted: Stage = new Stage(await openStorage(schema.admin, { clock: () => restarted.now }))
    await useEverything(restarted)
  })
}
