import { createPool } from 'mysql2'
import { afterAll, describe, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { partitionedMysql } from '../../src/storage/sql/partitions.js'
import { schemaStatements } from '../../src/storage/sql/schema-statements.js'
import { type OpenTestStorage, storageContract } from '../../src/testing/index.js'
import { hasMariadb, TestDatabase } from './mariadb-server.js'

if (await hasMariadb()) {
  const database = await TestDatabase.make()
  const pool = database.pool({ connectionLimit: 10 })
  const callbacks = createPool({ uri: database.url, flags: ['-FOUND_ROWS'], rowsAsArray: true, bigNumberStrings: true })
  afterAll(async () => {
    await new Promise((ended) => callbacks.end(ended))
    await database[Symbol.asyncDispose]()
  })
  let cases = 0

  const storages: Record<string, OpenTestStorage> = {
    'a pool of mysql2': ({ clock }) => openStorage(pool, { clock, migrate: true, tablePrefix: `case_${++cases}_` }),
    'a pool with callbacks and settings of its own': ({ clock }) =>
      openStorage(callbacks, { clock, migrate: true, tablePrefix: `case_${++cases}_` }),
    'eight hash partitions': async ({ clock }) => {
      const tablePrefix = `case_${++cases}_`
      for (const statement of schemaStatements(partitionedMysql(8), tablePrefix)) await pool.query(statement)
      return openStorage(pool, { clock, tablePrefix })
    },
    'a mysql: URL': ({ clock }) => openStorage(database.url, { clock, migrate: true, tablePrefix: `case_${++cases}_` }),
  }

  for (const [name, open] of Object.entries(storages)) {
    describe(name, () => {
      for (const { title, run } of storageContract(open)) test(title, run)
    })
  }
}
