import { drizzle } from 'drizzle-orm/node-postgres'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { afterAll, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { models } from '../../src/storage/sql/schema.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { byName, drizzleFacts, drizzleModule, type TableFacts } from '../unit/storage/drizzle-module.js'
import { prismaFacts } from '../unit/storage/prisma-facts.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())
  const storage = await openStorage(schema.admin, { migrate: true, schema: schema.name })

  /** What the tables that a migration made are. */
  async function catalog(): Promise<TableFacts[]> {
    const rows = async (sql: string, table: string): Promise<string[]> =>
      (await schema.admin.query<{ text: string }>(sql, [`${schema.name}.${table}`])).rows.map(({ text }) => text)
    const columnsOf = (keys: string) =>
      `(select string_agg(a.attname, ', ' order by k.at) from unnest(${keys}) with ordinality as k (num, at)
         join pg_attribute a on a.attnum = k.num and a.attrelid = $1::regclass)`
    const constraints = (type: string) =>
      `select conname || ' (' || ${columnsOf('conkey')} || ')' as text from pg_constraint
        where conrelid = $1::regclass and contype = '${type}' order by 1`
    return Promise.all(
      ['user_sessions', 'user_session_users', 'user_session_meta'].map(async (name) => ({
        name,
        columns: await rows(
          `select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
             || coalesce(' default ' || replace(pg_get_expr(d.adbin, d.adrelid), '''', ''), '') as text
           from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
           where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
          name,
        ),
        primaryKey: (await rows(constraints('p'), name)).flatMap((text) => text.replace(/^.*\(|\)/g, '').split(', ')),
        uniques: await rows(constraints('u'), name),
        indexes: await rows(
          `select c.relname || ' (' || ${columnsOf('i.indkey')} || ')' as text from pg_index i join pg_class c on c.oid = i.indexrelid
           where i.indrelid = $1::regclass and not i.indisunique order by 1`,
          name,
        ),
      })),
    )
  }

  test('the module for Drizzle compiles, is what a migration makes, and reads what is there', async () => {
    const exported = await drizzleModule(models('drizzle', 'postgres', { schema: schema.name }))
    const tables = Object.values(exported) as PgTable[]
    const configs = byName(tables.map((table) => getTableConfig(table)))
    expect(configs.map(drizzleFacts)).toEqual(byName(await catalog()))
    expect(configs.map((config) => config.schema)).toEqual(Array(3).fill(schema.name))
    const [primary] = configs.flatMap(({ primaryKeys }) => primaryKeys)
    expect(primary?.getName()).toBe('user_sessions_pk')
    const ada = await new Stage(storage).signIn('ada')
    const [row] = await drizzle({ client: schema.admin })
      .select()
      .from(exported.userSessions as PgTable)
    expect(row).toMatchObject({ user_id: 'ada', id: ada.id, created_at: ada.createdAt, ended_at: null })
    expect(new Uint8Array(Object(row).key_hash)).toEqual(ada.keyHash)
  })

  test('the models for Prisma are what a migration makes', async () => {
    // https://www.prisma.io/docs/orm/overview/databases/postgresql#type-mapping-between-postgresql-and-prisma-schema
    const types = { String: 'text', 'String@db.Uuid': 'uuid', Bytes: 'bytea', BigInt: 'bigint' }
    const facts = prismaFacts(models('prisma', 'postgres', { schema: schema.name }), types)
    expect(facts).toEqual((await catalog()).map((table) => ({ ...table, schema: schema.name })))
    const text = models('prisma', 'postgres')
    expect(text).toContain('@@id([user_id, id], map: "user_sessions_pk")')
    expect(text).not.toContain('@@schema')
  })
}
