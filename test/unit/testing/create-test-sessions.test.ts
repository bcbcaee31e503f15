import { expect, expectTypeOf, test } from 'vitest'
import { createTestSessions, fakeClock, signInAs } from '../../../src/testing/index.js'
import { guardedShop, signIn } from './apps.js'

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('the time stands still until the test moves it', async () => {
  const clock = fakeClock(1000)
  expect([clock.now(), clock.now()]).toEqual([1000, 1000])
  clock.advance(500)
  expect(clock.now()).toBe(1500)
  expect(() => clock.advance(Number.NaN)).toThrow(TypeError)
  expect(() => fakeClock(Number.POSITIVE_INFINITY)).toThrow(TypeError)
})

test('test sessions go by their clock, and nothing runs by itself', async () => {
  const before = timers()
  await using sessions = await createTestSessions({ trackActivity: true, touchInterval: 0 })
  expect(timers()).toBe(before)
  await using client = await signInAs(guardedShop(sessions), 'ada', { signIn })
  const began = sessions.clock.now()
  sessions.clock.advance(60_000)
  await client.get('/me')
  const [session] = await sessions.user('ada').list()
  expect(session?.createdAt).toEqual(new Date(began))
  expect(session?.lastSeenAt).toEqual(new Date(began + 60_000))
})

test('every option can be given, the type of user ids follows, and the clock may be shared', async () => {
  const clock = fakeClock()
  await using sessions = await createTestSessions({ clock, userId: Number, maxSessionsPerUser: 1 })
  expectTypeOf(sessions.user).parameter(0).toEqualTypeOf<number>()
  expect(sessions.clock).toBe(clock)
  expect(await sessions.user(7).list()).toEqual([])
  await expect(createTestSessions({ secret: 'short' })).rejects.toThrow('at least 32')
})

test('test sessions are closed where their block ends', async () => {
  let closed = await createTestSessions()
  {
    await using sessions = await createTestSessions()
    closed = sessions
  }
  await expect(closed.user('ada').list()).rejects.toMatchObject({ code: 'closed' })
})
