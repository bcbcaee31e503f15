import { afterAll, describe, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { partitionedPostgres } from '../../src/storage/sql/partitions.js'
import { schemaStatements } from '../../src/storage/sql/schema-statements.js'
import { type OpenTestStorage, storageContract } from '../../src/testing/index.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())
  const pool = schema.pool({ max: 10 })
  let cases = 0

  const storages: Record<string, OpenTestStorage> = {
    'a pool of pg': ({ clock }) => openStorage(pool, { clock, migrate: true, tablePrefix: `case_${++cases}_` }),
    'a postgres: URL': ({ clock }) =>
      openStorage(schema.url, { clock, migrate: true, tablePrefix: `case_${++cases}_` }),
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
