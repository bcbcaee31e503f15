import { afterAll } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { refreshRaces } from '../contract/refresh-races.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())
  const pool = schema.pool({ max: 10 })
  let cases = 0
  refreshRaces('PostgreSQL', {
    open: (clock) => openStorage(pool, { clock, migrate: true, tablePrefix: `case_${++cases}_` }),
    answers: false,
  })
}
