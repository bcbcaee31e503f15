import { randomBytes } from 'node:crypto'
import { afterAll, describe } from 'vitest'
import { openKnex } from '../contract/knex-on-sqlite.js'
import { storeContract } from '../contract/store-contract.js'
import { hasMariadb, TestDatabase } from './mariadb-server.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

const OWN_NAMES = { sidFieldName: 'key_of_it' }

function freshNames() {
  return { ...OWN_NAMES, tableName: `sessions_${randomBytes(6).toString('hex')}` }
}

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())
  describe('connect-session-knex on PostgreSQL', () =>
    storeContract(() => openKnex({ client: 'pg', connection: schema.url }, freshNames()), 'statement'))
}

if (await hasMariadb()) {
  const database = await TestDatabase.make()
  afterAll(() => database[Symbol.asyncDispose]())
  describe('connect-session-knex on MariaDB', () =>
    storeContract(() => openKnex({ client: 'mysql2', connection: database.url }, freshNames()), 'statement'))
}
