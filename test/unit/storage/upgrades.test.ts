import Database from 'libsql'
import { describe, expect, test } from 'vitest'
import { openStorage } from '../../../src/storage/open-storage.js'
import { createContext } from '../../../src/storage/sql/create-context.js'
import { migrate } from '../../../src/storage/sql/migrate.js'
import { MIGRATIONS, type Migration, metaTable, SCHEMA_VERSION } from '../../../src/storage/sql/migrations.js'
import { mysql } from '../../../src/storage/sql/mysql.js'
import { postgres } from '../../../src/storage/sql/postgres.js'
import { sqlite } from '../../../src/storage/sql/sqlite.js'
import { sqliteRunner } from '../../../src/storage/sql/sqlite-runner.js'
import { toSqliteHandle } from '../../../src/storage/sql/to-sqlite-handle.js'
import { storageContract } from '../../../src/testing/index.js'
import { findsWhatWasThere, frozenStatements, oldTables } from './old-tables.js'

test.each([sqlite, postgres, mysql])('a migration that is out never changes: $name', (dialect) => {
  const context = createContext(dialect, 'user_')
  const texts = (each: readonly { compile(): { sql: string } }[]) => each.map((one) => one.compile().sql)
  const now = [texts([metaTable(context)]), ...MIGRATIONS.map(({ statements }) => texts(statements(context)))]
  expect(now).toEqual(frozenStatements(dialect.name))
})

function tables(database: Database.Database) {
  return database.prepare('select name, sql from sqlite_master where sql is not null order by name').all()
}

test.each([1, 2])('tables of version %i keep what is in them, and become those of this version', async (version) => {
  const database = new Database(':memory:')
  for (const statement of oldTables('sqlite', version)) database.exec(statement)
  await expect(openStorage(database)).rejects.toMatchObject({ code: 'storage_schema_old' })
  await findsWhatWasThere(await openStorage(database, { migrate: true }))
  const fresh = new Database(':memory:')
  await openStorage(fresh, { migrate: true })
  expect(tables(database)).toEqual(tables(fresh))
})

test('a migration that fails in the middle leaves the tables as they were', async () => {
  const database = new Database(':memory:')
  for (const statement of oldTables('sqlite', 1)) database.exec(statement)
  database.exec('create table user_session_users_unsettled_since (x)')
  const before = tables(database)
  await expect(openStorage(database, { migrate: true })).rejects.toThrow(/unsettled_since/)
  expect(tables(database)).toEqual(before)
  database.exec('drop table user_session_users_unsettled_since')
  await findsWhatWasThere(await openStorage(database, { migrate: true }))
})

/** A step that a later version might bring. */
function next(breaks: boolean): Migration {
  const statements: Migration['statements'] = ({ db }) =>
    breaks
      ? [db.schema.alterTable('user_sessions').renameColumn('name', 'title')]
      : [
          db.schema.alterTable('user_sessions').addColumn('later', 'text'),
          db.schema.alterTable('user_session_users').addColumn('later', 'integer', (column) => column.defaultTo(7)),
          db.schema.createTable('user_session_audit').addColumn('at', 'integer'),
        ]
  return { version: SCHEMA_VERSION + 1, statements, ...(breaks && { breaks }) }
}

/** Migrates as a later version of this package would. */
async function migrateLater(database: Database.Database, ...steps: Migration[]): Promise<void> {
  const runner = sqliteRunner(toSqliteHandle(database), { owned: false })
  await migrate(runner, createContext(sqlite, 'user_'), [...MIGRATIONS, ...steps])
}

describe('while processes are replaced one by one', () => {
  test('one that runs goes on when the tables are migrated, and one that starts works, if the step only adds', async () => {
    const database = new Database(':memory:')
    for (const statement of oldTables('sqlite', 1)) database.exec(statement)
    const running = await openStorage(database, { migrate: true })
    await migrateLater(database, next(false))
    await findsWhatWasThere(running)
    for (const migrate of [false, true]) {
      const restarted = await openStorage(database, { migrate })
      expect(await restarted.list('alice', { endedSince: 0 })).toHaveLength(2)
      expect(await restarted.meta('schema_version')).toBe(String(SCHEMA_VERSION + 1))
    }
  })

  test('one that starts on tables that a later version has changed is told which to install', async () => {
    const database = new Database(':memory:')
    await openStorage(database, { migrate: true })
    const further = { ...next(false), version: SCHEMA_VERSION + 2 }
    await migrateLater(database, next(true), further)
    for (const migrate of [false, true]) {
      await expect(openStorage(database, { migrate })).rejects.toMatchObject({
        code: 'storage_schema_new',
        message: expect.stringMatching(/earlier ones cannot go on.*install/),
      })
    }
  })

  test('tables of a later version that does not say for whom they are good are taken for changed', async () => {
    const database = new Database(':memory:')
    await migrateLater(database, next(false))
    database.exec(`delete from user_session_meta where key = 'compatible_since'`)
    await expect(openStorage(database)).rejects.toMatchObject({ code: 'storage_schema_new' })
  })

  describe('the whole contract holds on tables that a later version added to:', () => {
    const cases = storageContract(async ({ clock }) => {
      const database = new Database(':memory:')
      await migrateLater(database, next(false))
      return openStorage(database, { clock })
    })
    for (const { title, run } of cases) test(title, run)
  })
})
