import { afterAll, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import type { PgPool } from '../../src/storage/sql/pg-pool.js'
import { HOUR, Stage } from '../../src/testing/storage/stage.js'
import { interceptedPool } from './intercepted-pool.js'
import { manySessions } from './many-sessions.js'
import { hasPostgres, TestSchema } from './postgres-server.js'
import { sideBySideSuite } from './side-by-side-suite.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())
  const stage: Stage = new Stage(await openStorage(schema.pool(), { clock: () => stage.now, migrate: true }))
  const open = (pool: PgPool) => openStorage(pool, { clock: () => stage.now })

  await sideBySideSuite({
    async open({ connections, clock, onFault = () => {} }) {
      const pool = schema.pool({ max: connections })
      const watched = interceptedPool(pool, ({ run }) =>
        run().catch((error: unknown) => {
          onFault(error)
          throw error
        }),
      )
      return { ...(await openStorage(watched, { clock })), close: () => pool.end() }
    },
  })

  test('the cap holds in a database whose transactions are serializable by default, without retries', async () => {
    const isolation = `-c default_transaction_isolation=serializable -c search_path=${schema.name}`
    const url = new URL(schema.url)
    url.searchParams.set('options', isolation)
    const pool = schema.pool({ connectionString: String(url), max: 10 })
    let begun = 0
    const counted = interceptedPool(pool, ({ text, run }) => {
      if (text.startsWith('begin')) begun++
      return run()
    })
    const storage = await open(counted)
    await Promise.all(Array.from({ length: 30 }, () => storage.record(stage.fresh('bob'), stage.cap(3))))
    expect(await stage.liveIds('bob')).toHaveLength(3)
    expect(begun).toBe(30)
  })

  test('ends, caps, touches, updates, moves, erasures and purges side by side never wait for each other in a circle', async () => {
    const codes: unknown[] = []
    const watched = interceptedPool(schema.pool({ max: 12 }), ({ run, text }) =>
      run().catch((error: unknown) => {
        codes.push(error instanceof Error ? [Reflect.get(error, 'code'), Reflect.get(error, 'detail'), text] : error)
        throw error
      }),
    )
    const storage = await open(watched)
    for (let round = 0; round < 40; round++) {
      const sessions = await manySessions(schema.admin, 120, 3, stage.now)
      const touches = sessions.map((each) => ({ ...each, lastSeenAt: stage.now + round, expiresAt: stage.now + 5000 }))
      const [first] = sessions
      await Promise.all([
        storage.touch(touches),
        storage.end('user 0', 'all', stage.how()),
        storage.touch(touches.toReversed()),
        storage.record(stage.fresh('user 1'), stage.cap(2)),
        storage.end('user 1', { except: [] }, stage.how('switched', { release: true })),
        storage.moveUser('user 1', 'user 2'),
        storage.moveUser('user 2', 'user 1'),
        storage.touch(touches),
        storage.purge(stage.now + 10 * 86_400_000, 30),
        storage.purge(stage.now + 10 * 86_400_000, 30),
        storage.update('user 0', first?.id ?? '', { name: 'x' }),
        storage.erase(`user ${round % 3}`),
        storage.block('user 2', false),
      ])
    }
    expect(codes).toEqual([])
  })

  test('a touch counts once, at its latest, for a session that is in the batch twice', async () => {
    const { userId, id } = await stage.signIn('carol')
    const { now } = stage
    const later = now + 2 * HOUR
    const at = (lastSeenAt: number, expiresAt: number) => ({ userId, id, lastSeenAt, expiresAt })
    expect(await stage.storage.touch([at(now + 9, later), at(now + 5, later + 7)])).toEqual([])
    expect(await stage.storage.get(userId, id)).toMatchObject({ lastSeenAt: now + 9, expiresAt: later + 7 })
  })
}
