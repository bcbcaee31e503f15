import { createRequire } from 'node:module'
import session, { type Store } from 'express-session'
import { afterAll, describe, expect, test } from 'vitest'
import { asks } from '../../src/engine/callback-store.js'
import { ExpressSessionEngine } from '../../src/engine/express-session.js'
import { createUserSessions } from '../../src/index.js'
import { Keys } from '../../src/sessions/keys.js'
import { dataOf, engineOn, type StoreStand, storeContract } from '../contract/store-contract.js'
import { Traffic } from '../contract/traffic.js'
import { SECRET } from '../spec/app.js'
import { interceptedPool } from './intercepted-pool.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

type Factory = (library: typeof session) => new (options: object) => Store

const factory: Factory = createRequire(import.meta.url)('connect-pg-simple')
const PgStore = factory(session)

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())
  const pool = schema.pool()

  /** A store whose table is not there yet, and the statements it made. */
  async function openStore(options: object = {}) {
    // The store gives the constraints of every table the same names, so there can be but one.
    await pool.query('drop table if exists session, "sessions of ""us"""')
    const statements: string[] = []
    const query = (text: string, values: unknown[]) => {
      statements.push(text)
      return pool.query(text, values)
    }
    const own = { pool: { query }, createTableIfMissing: true, pruneSessionInterval: false }
    return { store: new PgStore({ ...own, ...options }), statements }
  }

  async function openStand(options: object = {}): Promise<StoreStand> {
    await pool.query('drop table if exists session, "sessions of ""us"""')
    const own = schema.pool()
    const traffic = new Traffic()
    const given = { pool: traffic.through(own), createTableIfMissing: true, pruneSessionInterval: false }
    const store = new PgStore({ ...given, ...options })
    // Makes the table.
    await asks(store, 'get', 'none')
    const shut = () => (own.ended ? undefined : own.end())
    return { store, traffic, shut, [Symbol.asyncDispose]: async () => shut() }
  }

  describe('connect-pg-simple', () => storeContract(openStand, 'statement'))

  describe('connect-pg-simple with a schema and a table of another name', () =>
    storeContract(() => openStand({ schemaName: schema.name, tableName: 'sessions of "us"' }), 'statement'))

  describe('connect-pg-simple, further', () => {
    test('the first look-up makes the table if need be', async () => {
      const { store } = await openStore()
      expect(await engineOn(store).existing(['none'])).toEqual(new Set())
    })

    test('unknown is not gone: a table that cannot be asked makes both fail', async () => {
      const { store } = await openStore({ createTableIfMissing: false })
      const engine = engineOn(store)
      await expect(engine.existing(['one'])).rejects.toThrow(/does not exist/)
      const failures = [expect.objectContaining({ message: expect.stringMatching(/does not exist/) })]
      await expect(engine.destroy(['one'])).rejects.toMatchObject({ name: 'AggregateError', errors: failures })
    })

    test('1000 sessions are listed in two statements, one of ours and one of the store, and their keys go in one', async () => {
      const ours: string[] = []
      const storage = interceptedPool(schema.pool(), ({ text, run }) => {
        ours.push(text)
        return run()
      })
      const options = { storage, migrate: true, secret: SECRET, purgeInterval: 0 }
      const sessions = await createUserSessions(options)
      const { store, statements } = await openStore()
      const engine = new ExpressSessionEngine({ user: (data) => data.userId })
      const guarded = sessions.bind(engine, {}).guard(store)
      await asks(guarded, 'set', 'key 0', dataOf('ada'))
      await copyFirst(999)

      ours.length = 0
      statements.length = 0
      expect(await sessions.user('ada').list()).toHaveLength(1000)
      expect([ours.length, statements.length]).toEqual([1, 1])

      statements.length = 0
      expect(await sessions.user('ada').endAll()).toHaveLength(1000)
      expect(statements).toHaveLength(1)
      expect((await pool.query('select 1 from session')).rows).toEqual([])
      await sessions.close()
    })
  })

  /** As many more sessions like the one that is there: a login for each would take its time. */
  async function copyFirst(count: number): Promise<void> {
    const keys = new Keys([SECRET])
    const more = Array.from({ length: count }, (_, index) => `key ${index + 1}`)
    await pool.query('insert into session select key, sess, expire from session, unnest($1::text[]) as key', [more])
    await pool.query(
      `insert into user_sessions (user_id, id, key_hash, sealed_key, created_at, last_seen_at, authenticated_at, expires_at, purge_after)
       select user_id, gen_random_uuid(), hash, sealed, created_at, last_seen_at, authenticated_at, expires_at, purge_after
       from user_sessions, unnest($1::bytea[], $2::bytea[]) as keys (hash, sealed)`,
      [more.map((key) => keys.hash(key)), more.map((key) => keys.seal(key))],
    )
  }
}
