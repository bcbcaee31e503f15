import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createUserSessions, type UserSessions, type UserSessionsEvents } from '../../../src/index.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import type { Storage } from '../../../src/storage/storage.js'
import { Stage } from '../../../src/testing/storage/stage.js'

const SECRET = 'a secret of at least 32 characters'
const never = () => new Promise<never>(() => {})

let storage: Storage
let stage: Stage
let sessions: UserSessions
let logged: unknown[]
let failures: UserSessionsEvents['cascadeFailed'][]

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  let now = () => 0
  storage = memoryStorage({ clock: () => now() })
  stage = new Stage(storage)
  now = () => stage.now
  logged = []
  failures = []
  const logger = { warn() {}, error: (message: string) => void logged.push(message) }
  sessions = await createUserSessions({ storage, secret: SECRET, clock: now, logger, purgeInterval: 0 })
  sessions.on('cascadeFailed', (failure) => void failures.push(failure))
})
afterEach(async () => {
  const closed = sessions.close()
  await vi.advanceTimersByTimeAsync(2_000)
  await closed
  vi.useRealTimers()
})

/** How long something takes, at most so many milliseconds, by the timers. */
async function takes(work: Promise<unknown>, most = 60_000): Promise<number> {
  let isDone = false
  const done = () => {
    isDone = true
  }
  work.then(done, done)
  let took = 0
  await vi.advanceTimersByTimeAsync(0)
  for (; !isDone && took < most; took += 100) await vi.advanceTimersByTimeAsync(100)
  return took
}

const waiting = async () => (await storage.unsettled(stage.now + 1, 10)).length

test('what fails is tried again after one second and after ten, and what worked is left alone', async () => {
  await stage.signIn('ada')
  await stage.signIn('ada')
  const tries: string[] = []
  sessions.cascade('fails', ({ session }) => {
    tries.push(session.id)
    if (tries.length <= 3) throw new Error('no')
  })
  const works = vi.fn()
  sessions.cascade('works', works)
  await sessions.user('ada').endAll()
  expect(tries).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(999)
  expect(tries).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(tries).toHaveLength(4)
  expect(await waiting()).toBe(1)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(tries).toHaveLength(5)
  expect(tries[4]).toBe(tries[2])
  expect(works).toHaveBeenCalledTimes(2)
  expect(logged).toHaveLength(3)
  expect(failures).toEqual([])
  await vi.waitFor(async () => expect(await waiting()).toBe(0))
})

test('after the last attempt of this process the failure is told, and sweeps go on until it works', async () => {
  const { id } = await stage.signIn('ada')
  const error = new Error('no')
  const handler = vi.fn<() => Promise<void>>(() => Promise.reject(error))
  sessions.cascade('tokens', handler)
  await sessions.user('ada').endAll({ reason: 'admin' })
  await vi.advanceTimersByTimeAsync(10_999)
  expect(failures).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(failures).toEqual([
    {
      ...{ user: 'ada', name: 'tokens', error },
      session: expect.objectContaining({ id, endReason: 'admin' }),
      ending: { reason: 'admin', by: null, at: stage.now },
    },
  ])
  expect(handler).toHaveBeenCalledTimes(3)
  await sessions.flush()
  expect(handler).toHaveBeenCalledTimes(3)
  stage.now += 60_001
  await vi.advanceTimersByTimeAsync(60_000)
  expect(handler).toHaveBeenCalledTimes(4)
  expect(logged).toHaveLength(4)
  expect(failures).toHaveLength(1)
  handler.mockResolvedValue()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(handler).toHaveBeenCalledTimes(5)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(handler).toHaveBeenCalledTimes(5)
  expect(await waiting()).toBe(0)
})

test('an end waits for a slow cascade, but for two seconds at most, and one that hangs has failed after ten', async () => {
  await stage.signIn('ada')
  const remove = sessions.cascade('slow', () => new Promise((resolve) => setTimeout(resolve, 1_500)))
  expect(await takes(sessions.user('ada').endAll())).toBe(1_500)
  remove()
  await stage.signIn('ada')
  sessions.cascade('hangs', never)
  const works = vi.fn()
  sessions.cascade('works', works)
  expect(await takes(sessions.user('ada').endAll())).toBe(2_000)
  expect(works).toHaveBeenCalledTimes(1)
  expect(logged).toEqual([])
  await vi.advanceTimersByTimeAsync(8_000)
  expect(logged).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(11_000 + 20_000)
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatchObject({ name: 'hangs', error: new Error('It took longer than 10 seconds.') })
})

test('however many sessions end, eight calls of a handler run at once, and one handler holds up no other', async () => {
  for (let i = 0; i < 30; i++) await stage.signIn('ada')
  let [running, most] = [0, 0]
  sessions.cascade('slow', async () => {
    running++
    most = Math.max(most, running)
    await new Promise((resolve) => setTimeout(resolve, 100))
    running--
  })
  sessions.cascade('hangs', never)
  const works = vi.fn()
  sessions.cascade('works', works)
  const ended = sessions.user('ada').endAll()
  await vi.advanceTimersByTimeAsync(400)
  expect(most).toBe(8)
  expect(running).toBe(0)
  expect(works).toHaveBeenCalledTimes(30)
  await vi.advanceTimersByTimeAsync(1_600)
  expect(await ended).toHaveLength(30)
})

test('closing stops every timer, leaves what is undone to a sweep, and waits for what hangs no longer than an end', async () => {
  await stage.signIn('ada')
  await stage.signIn('bob')
  sessions.cascade('fails', () => Promise.reject(new Error('no')))
  await sessions.user('bob').endAll()
  sessions.cascade('hangs', never)
  const ended = sessions.user('ada').endAll()
  await vi.advanceTimersByTimeAsync(10)
  const before = await storage.unsettled(stage.now + 1, 10)
  expect(before).toHaveLength(2)
  expect(await takes(sessions.close())).toBeLessThanOrEqual(2_000)
  expect(await takes(ended)).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
  expect(failures).toEqual([])
})

test('closing gives up what would be tried again later', async () => {
  await stage.signIn('ada')
  const handler = vi.fn(() => Promise.reject(new Error('no')))
  sessions.cascade('fails', handler)
  await sessions.user('ada').endAll()
  expect(await takes(sessions.close())).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
  expect(handler).toHaveBeenCalledTimes(1)
})

test('closing waits for what is under way and comes to an end', async () => {
  await stage.signIn('ada')
  let isDone = false
  sessions.cascade('slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    isDone = true
  })
  const settled = vi.spyOn(storage, 'settled')
  void sessions.user('ada').endAll()
  await vi.advanceTimersByTimeAsync(10)
  expect(await takes(sessions.close())).toBeLessThanOrEqual(500)
  expect(isDone).toBe(true)
  expect(settled).toHaveBeenCalledTimes(1)
  expect(logged).toEqual([])
})

test('with the last cascade unregistered no timer is left, and what it had not done stays to be done', async () => {
  await stage.signIn('ada')
  const remove = sessions.cascade('fails', () => Promise.reject(new Error('no')))
  await sessions.user('ada').endAll()
  remove()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(vi.getTimerCount()).toBe(0)
  expect(await waiting()).toBe(1)
  expect(failures).toEqual([])
})

test('an erased user whose cascade failed waits for nothing once a sweep came', async () => {
  await stage.signIn('ada')
  sessions.cascade('fails', () => Promise.reject(new Error('no')))
  await sessions.user('ada').erase()
  expect(await waiting()).toBe(1)
  await vi.advanceTimersByTimeAsync(11_000)
  stage.now += 60_001
  await sessions.flush()
  expect(await waiting()).toBe(0)
})

test('without a cascade in any process no end marks its user', async () => {
  await stage.signIn('ada')
  await sessions.user('ada').endAll()
  expect(await waiting()).toBe(0)
})
