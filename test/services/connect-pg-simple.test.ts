import { createRequire } from 'node:module'
import session, { type Store } from 'express-session'
import { afterAll, describe, expect, test } from 'vitest'
import { asks } from '../../src/engine/callback-store.js'
import { ExpressSessionEngine } from '../../src/engine/express-session.js'
import { createUserSessions } from '../../src/index.js'
import { Keys } from '../../src/sessions/keys.js'
import { SECRET } from '../spec/app.js'
import { interceptedPool } from './intercepted-pool.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

const DAY = 86_400_000

type Factory = (library: typeof session) => new (options: object) => Store

const factory: Factory = createRequire(import.meta.url)('connect-pg-simple')
const PgStore = factory(session)

const dataOf = (userId: string, lifetime = DAY) => ({
  cookie: { originalMaxAge: lifetime, expires: new Date(Date.now() + lifetime) },
  userId,
})

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

  function openEngine(store: Store) {
    const engine = new ExpressSessionEngine({ user: (data) => data.userId })
    engine.guard(store, {
      loaded: async () => true,
      saving: async () => ({ store: true, marker: undefined }),
      saved: () => true,
      touching: async () => true,
      destroying: async () => {},
    })
    return engine
  }

  describe('connect-pg-simple', () => {
    test('which keys exist is one statement, which makes the table if need be; what has expired does not exist', async () => {
      const { store, statements } = await openStore()
      const engine = openEngine(store)
      expect(await engine.existing(['none'])).toEqual(new Set())
      for (const key of ['one', 'two']) await asks(store, 'set', key, dataOf('ada'))
      await asks(store, 'set', 'expired', dataOf('ada', -2_000))
      statements.length = 0
      expect(await engine.existing(['one', 'gone', 'expired', "it's"])).toEqual(new Set(['one']))
      expect(statements).toHaveLength(1)
    })

    test('destroying is one statement, and idempotent', async () => {
      const { store, statements } = await openStore()
      const engine = openEngine(store)
      for (const key of ['one', 'two', 'three']) await asks(store, 'set', key, dataOf('ada'))
      statements.length = 0
      for (let round = 0; round < 2; round++) await engine.destroy(['one', 'two', 'gone'])
      expect(statements).toHaveLength(2)
      expect(await engine.existing(['one', 'two', 'three'])).toEqual(new Set(['three']))
    })

    test('a table with a schema and a name that must be quoted is asked by that name', async () => {
      const { store } = await openStore({ schemaName: schema.name, tableName: 'sessions of "us"' })
      const engine = openEngine(store)
      await asks(store, 'set', 'one', dataOf('ada'))
      expect(await engine.existing(['one', 'gone'])).toEqual(new Set(['one']))
      await engine.destroy(['one'])
      expect(await engine.existing(['one'])).toEqual(new Set())
    })

    test('unknown is not gone: a table that cannot be asked makes both fail', async () => {
      const { store } = await openStore({ createTableIfMissing: false })
      const engine = openEngine(store)
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
