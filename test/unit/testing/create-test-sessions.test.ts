import { expect, expectTypeOf, test, vi } from 'vitest'
import { createTestSessions, fakeClock, signInAs } from '../../../src/testing/index.js'
import { guardedShop, signIn } from './apps.js'

test('the time stands still until the test moves it', async () => {
  const clock = fakeClock(1000)
  expect([clock.now(), clock.now()]).toEqual([1000, 1000])
  clock.advance(500)
  expect(clock.now()).toBe(1500)
  expect(() => clock.advance(Number.NaN)).toThrow(TypeError)
  expect(() => fakeClock(Number.POSITIVE_INFINITY)).toThrow(TypeError)
})

test('nothing runs by itself: what is in memory is written when the test says so', async () => {
  const [intervals, timeouts] = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'setTimeout')]
  await using sessions = await createTestSessions({ trackActivity: true })
  await using client = await signInAs(guardedShop(sessions), 'ada', { signIn })
  sessions.clock.advance(120_000)
  await client.get('/me')
  const delays = [...intervals.mock.calls, ...timeouts.mock.calls].map(([, delay = 0]) => delay)
  // A day and more is the flush that never comes; next to nothing is an event loop's turn.
  expect(delays.filter((delay) => delay > 1000 && delay < 86_400_000)).toEqual([])
  vi.restoreAllMocks()
})

test('test sessions go by their clock', async () => {
  await using sessions = await createTestSessions({ trackActivity: true, touchInterval: 0 })
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
