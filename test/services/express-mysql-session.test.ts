import { createRequire } from 'node:module'
import session, { type Store } from 'express-session'
import { createPool } from 'mysql2'
import { afterAll, describe, expect, test } from 'vitest'
import { asks } from '../../src/engine/callback-store.js'
import { dataOf, engineOn, type StoreStand, storeContract } from '../contract/store-contract.js'
import { Traffic } from '../contract/traffic.js'
import { hasMariadb, TestDatabase } from './mariadb-server.js'

type MysqlStore = Store & { onReady(): Promise<void>; close(): Promise<void> }
type Factory = (library: typeof session) => new (options: object, connection?: unknown) => MysqlStore

const factory: Factory = createRequire(import.meta.url)('express-mysql-session')
const MySQLStore = factory(session)
const OWN_NAMES = {
  tableName: 'sessions of `us`',
  columnNames: { session_id: 'the key', expires: 'until', data: 'order' },
}

if (await hasMariadb()) {
  const database = await TestDatabase.make()
  afterAll(() => database[Symbol.asyncDispose]())

  async function openStore(options: object = {}): Promise<StoreStand> {
    const pool = database.pool()
    await pool.query('drop table if exists sessions, `sessions of ``us```')
    const traffic = new Traffic()
    const store = new MySQLStore({ clearExpired: false, ...options }, traffic.through(pool))
    await store.onReady()
    const shut = () => pool.end()
    return { store, traffic, shut, [Symbol.asyncDispose]: async () => void (await shut().catch(() => {})) }
  }

  describe('express-mysql-session on a pool with promises', () => storeContract(openStore, 'statement'))

  describe('express-mysql-session with a table and columns of other names', () =>
    storeContract(() => openStore({ schema: OWN_NAMES }), 'statement'))

  test.each([
    ['a pool with callbacks', () => createPool({ uri: database.url })],
    ['a connection string of its own', () => undefined],
  ])('express-mysql-session on %s is asked, too', async (_name, connect) => {
    const { hostname: host, port, username: user, password } = new URL(database.url)
    const own = { host, port: Number(port), user, password, database: database.name, clearExpired: false }
    const connection = connect()
    const store = new MySQLStore(own, connection)
    await store.onReady()
    const engine = engineOn(store)
    await asks(store, 'set', 'one', dataOf('ada'))
    expect(await engine.existing(['one', 'gone'])).toEqual(new Set(['one']))
    await engine.destroy(['one'])
    expect(await engine.existing(['one'])).toEqual(new Set())
    await (connection ? connection.promise().end() : store.close())
  })

  test('unknown is not gone: without its table both fail', async () => {
    await using stand = await openStore()
    await database.pool().query('drop table sessions')
    const engine = engineOn(stand.store)
    await expect(engine.existing(['one'])).rejects.toThrow(/doesn't exist/)
    await expect(engine.destroy(['one'])).rejects.toMatchObject({ name: 'AggregateError' })
  })
}
