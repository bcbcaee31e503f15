import { expect, test } from 'vitest'
import { asks } from '../../../src/engine/callback-store.js'
import { ExpressSessionEngine } from '../../../src/engine/express-session.js'
import { createUserSessions } from '../../../src/index.js'
import { openOwnBulk } from '../../contract/own-bulk.js'
import { dataOf } from '../../contract/store-contract.js'
import { SECRET } from '../../spec/app.js'
import { fakeClock } from '../../spec/fake-clock.js'

test('of an app with two stores each session is found in its own, and the second is asked only for what the first has not', async () => {
  const clock = fakeClock(Date.now())
  const options = { storage: 'memory:', secret: SECRET, purgeInterval: 0, clock: clock.now }
  const sessions = await createUserSessions({ ...options, logger: { warn: () => {}, error: () => {} } })
  const [first, second] = [await openOwnBulk(), await openOwnBulk()]
  for (const [{ store }, key] of [[first, 'web'] as const, [second, 'api'] as const]) {
    const guarded = sessions.bind(new ExpressSessionEngine({ user: (data) => data.userId }), {}).guard(store)
    await asks(guarded, 'set', key, dataOf('ada'))
  }
  clock.advance(60_000)
  expect(await sessions.user('ada').list()).toHaveLength(2)

  second.traffic?.take()
  await asks(second.store, 'destroy', 'api')
  expect(await sessions.user('ada').list()).toHaveLength(1)
  await sessions.flush()
  expect(second.traffic?.take().calls).toBeGreaterThan(0)
  expect(await sessions.user('ada').list()).toHaveLength(1)
  expect(second.traffic?.take().calls).toBe(0)

  // What the second cannot say of is not gone; the first still says what it has.
  await second.shut?.()
  await asks(first.store, 'destroy', 'web')
  expect(await sessions.user('ada').list()).toHaveLength(1)
  await sessions.close()
})
