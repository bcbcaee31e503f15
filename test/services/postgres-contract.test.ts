import { afterAll, describe, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { partitionedPostgres } from '../../src/storage/sql/partitions.js'
import { schemaStatements } from '../../src/storage/sql/schema-statements.js'
import { type OpenTestStorage, storageContract } from '../../src/testing/index.js'
import { hasPostgres, POSTGRES_URL, TestSchema } from './postgres-server.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  // A second one: the server has no locks for so many tables in one drop.
  const own = await TestSchema.make()
  afterAll(async () => {
    await schema[Symbol.asyncDispose]()
    await own[Symbol.asyncDispose]()
  })
  const pool = schema.pool({ max: 10 })
  const lost = own.pool({ max: 10, options: '-c search_path=pg_catalog', connectionString: POSTGRES_URL })
  let cases = 0

  const storages: Record<string, OpenTestStorage> = {
    'a pool of pg': ({ clock }) => openStorage(pool, { clock, migrate: true, tablePrefix: `case_${++cases}_` }),
    'a postgres: URL': ({ clock }) =>
      openStorage(schema.url, { clock, migrate: true, tablePrefix: `case_${++cases}_` }),
    'a schema of its own, whatever the search path': ({ clock }) =>
      openStorage(lost, { clock, migrate: true, schema: own.name, tablePrefix: `case_${++cases}_` }),
    'eight hash partitions': async ({ clock }) => {
      const tablePrefix = `case_${++cases}_`
      for (const statement of schemaStatements(partitionedPostgres(8), tablePrefix)) await pool.query(statement)
      return openStorage(pool, { clock, tablePrefix })
    },
  }

  for (const [name, open] of Object.entries(storages)) {
    describe(name, () => {
      for (const { title, run } of storageContract(open)) test(title, run)
    })
  }
}
