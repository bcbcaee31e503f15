import { afterAll, expect, test } from 'vitest'
import { createUserSessions } from '../../src/index.js'
import { Keys } from '../../src/sessions/keys.js'
import { openStorage } from '../../src/storage/open-storage.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

const OLD = 'the old secret, which has 32 letters'
const FRESH = 'the fresh secret, which has 32 letters'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())

  test('two that re-seal beside sign-ins, touches and ends of others wait for nobody for long, and leave no key under the old secret', async () => {
    const stage = new Stage(await openStorage(schema.admin, { migrate: true }))
    const [old, fresh] = [new Keys([OLD]), new Keys([FRESH])]
    const users = Array.from({ length: 20 }, (_, n) => `user ${n}`)
    for (let n = 0; n < 600; n++) await stage.signIn(users[n % 20] ?? '', { sealedKey: old.seal(`key ${n}`) })
    const records = await stage.storage.search({ limit: 1000 })
    const nodes = await Promise.all(
      [1, 2].map(() =>
        createUserSessions({ storage: schema.pool({ max: 4 }), secret: [FRESH, OLD], purgeInterval: 0 }),
      ),
    )
    const resealing = Promise.all(nodes.map((node) => node.everyone.reseal()))
    for (let round = 0; round < 10; round++) {
      const at = { lastSeenAt: stage.now + round, expiresAt: stage.now + round }
      await Promise.all([
        stage.storage.touch(records.map(({ userId, id }) => ({ userId, id, ...at }))),
        stage.storage.end(users[round] ?? '', 'all', stage.how()),
        stage.storage.record(stage.fresh('another', { sealedKey: fresh.seal(`late ${round}`) })),
      ])
    }
    const done = await resealing
    expect(done.map(({ unopened }) => unopened)).toEqual([0, 0])
    const live = (await stage.storage.search({ limit: 1000 })).filter(({ endedAt }) => endedAt === null)
    expect(live).toHaveLength(310)
    expect(live.filter(({ sealedKey }) => fresh.open(sealedKey) === undefined)).toEqual([])
    await Promise.all(nodes.map((node) => node.close()))
  })
}
