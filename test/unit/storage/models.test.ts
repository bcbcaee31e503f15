import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import Database from 'libsql'
import { expect, test } from 'vitest'
import { openStorage } from '../../../src/storage/open-storage.js'
import { models } from '../../../src/storage/sql/schema.js'
import { byName, drizzleFacts, drizzleModule, type TableFacts } from './drizzle-module.js'
import { prismaFacts } from './prisma-facts.js'

const PREFIXES = ['user_', '_my_app_']

/** What the tables that a migration made are. */
async function catalog(tablePrefix: string): Promise<TableFacts[]> {
  const database = new Database(':memory:')
  await openStorage(database, { migrate: true, tablePrefix })
  const all = (sql: string): Record<string, unknown>[] => database.prepare(sql).all() as Record<string, unknown>[]
  return ['sessions', 'session_users', 'session_meta'].map((end) => {
    const name = `${tablePrefix}${end}`
    const columns = all(`pragma table_info(${name})`)
    const indexes = all(`pragma index_list(${name})`).map(({ name, origin }) => ({
      origin,
      text: `${name} (${all(`pragma index_info(${name})`)
        .map((each) => each.name)
        .join(', ')})`,
      columns: all(`pragma index_info(${name})`)
        .map((each) => each.name)
        .join(', '),
    }))
    const of = (origin: string) => indexes.filter((index) => index.origin === origin)
    return {
      name,
      columns: columns.map(({ name, type, notnull, dflt_value }) =>
        [name, String(type).toLowerCase(), notnull === 1 && 'not null', dflt_value !== null && `default ${dflt_value}`]
          .filter(Boolean)
          .join(' '),
      ),
      primaryKey: columns
        .filter(({ pk }) => Number(pk) > 0)
        .sort((a, b) => Number(a.pk) - Number(b.pk))
        .map(({ name }) => String(name)),
      // SQLite forgets what a constraint is called.
      uniques: of('u').map(({ columns }) => `(${columns})`),
      indexes: of('c')
        .map(({ text }) => text)
        .sort(),
    }
  })
}

const nameless = (facts: TableFacts): TableFacts => ({
  ...facts,
  uniques: facts.uniques.map((each) => each.slice(each.indexOf('('))),
})

test.each(
  PREFIXES,
)('the module for Drizzle compiles, and is what a migration of SQLite makes, under the prefix %s', async (tablePrefix) => {
  const tables = Object.values(await drizzleModule(models('drizzle', 'sqlite', { tablePrefix })))
  const facts = tables.map((table) => drizzleFacts(getTableConfig(table as SQLiteTable)))
  expect(byName(facts.map(nameless))).toEqual(byName(await catalog(tablePrefix)))
})

test.each(
  PREFIXES,
)('the models for Prisma are what a migration of SQLite makes, under the prefix %s', async (tablePrefix) => {
  const types = { String: 'text', Bytes: 'blob', BigInt: 'integer' }
  const facts = prismaFacts(models('prisma', 'sqlite', { tablePrefix }), types)
  expect(facts.map(nameless)).toEqual(await catalog(tablePrefix))
})

test('models take no prefix and no schema that is none', () => {
  expect(() => models('prisma', 'postgres', { tablePrefix: 'x" {' })).toThrow(/tablePrefix/)
  expect(() => models('drizzle', 'postgres', { schema: "x'" })).toThrow(/schema/)
  expect(() => models('drizzle', 'sqlite', { schema: 'auth' })).toThrow(/no schemas in sqlite/)
})
