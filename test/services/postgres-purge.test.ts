import { afterAll, expect, test, vi } from 'vitest'
import { createUserSessions } from '../../src/index.js'
import { openStorage } from '../../src/storage/open-storage.js'
import type { PgPool } from '../../src/storage/sql/pg-pool.js'
import { DAY, Stage } from '../../src/testing/storage/stage.js'
import { interceptedPool } from './intercepted-pool.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

const INTERVAL = 400

interface Purge {
  readonly by: number
  readonly at: number
}

/** Milliseconds from one purge to the next, on average. */
function between(purges: readonly Purge[]): number {
  return ((purges.at(-1)?.at ?? 0) - (purges[0]?.at ?? 0)) / (purges.length - 1)
}

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())

  test('of four processes on one database, one purges per interval, and another when it is gone', async () => {
    const stage = new Stage(await openStorage(schema.admin, { migrate: true }))
    stage.now = Date.now() - 100 * DAY
    for (let n = 0; n < 3; n++) await stage.signIn('ada')
    const purges: Purge[] = []
    const listening = (by: number): PgPool =>
      interceptedPool(schema.pool({ max: 2 }), ({ text, run }) => {
        if (text.includes('delete from "user_sessions"')) purges.push({ by, at: Date.now() })
        return run()
      })
    const options = { secret: 'a secret of at least 32 characters', purgeInterval: INTERVAL }
    const nodes = await Promise.all(
      [0, 1, 2, 3].map((by) => createUserSessions({ ...options, storage: listening(by) })),
    )
    try {
      await vi.waitFor(() => expect(purges.length).toBeGreaterThanOrEqual(6), { timeout: 20_000 })
      expect(await stage.storage.countPurgeable(Date.now())).toBe(0)
      expect(between(purges)).toBeGreaterThan(INTERVAL / 2)
      const last = purges.at(-1)?.by ?? 0
      await nodes[last]?.close()
      const count = purges.length
      await vi.waitFor(() => expect(purges.length).toBeGreaterThanOrEqual(count + 4), { timeout: 20_000 })
      expect(purges.slice(count).map(({ by }) => by)).not.toContain(last)
      expect(between(purges)).toBeGreaterThan(INTERVAL / 2)
    } finally {
      await Promise.all(nodes.map((node) => node.close()))
    }
  })

  test('everyone.purge does not wait for the turn of another process', async () => {
    const stage = new Stage(await openStorage(schema.admin, { migrate: true }))
    stage.now = Date.now() - 100 * DAY
    await stage.signIn('bob')
    await stage.storage.meta('purge_turn', { value: `${Date.now()} somebody` })
    const node = await createUserSessions({ storage: schema.admin, secret: 'a secret of at least 32 characters' })
    expect(await node.everyone.purge()).toBe(1)
    await node.close()
  })
}
