import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Brake } from '../../src/activity/brake.js'
import { Judge } from '../../src/activity/judge.js'
import { Verdicts } from '../../src/activity/verdicts.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { type AppOptions, startApp } from './app.js'
import { Browser } from './browser.js'
import { countedStorage } from './counted-storage.js'
import { fakeClock } from './fake-clock.js'

/** An app that tracks, on a database whose statements are counted, at a time that stands still. */
async function startCounted(options: AppOptions = {}) {
  const clock = fakeClock()
  const { storage, takeStatements } = await countedStorage({ clock: clock.now })
  const sessions = { storage, clock: clock.now, trackActivity: true, trustedProxies: 1, purgeInterval: 0 }
  const app = await startApp({ ...options, sessions: { ...sessions, ...options.sessions } })
  return { app, clock, takeStatements, storage }
}

describe('activity costs a request nothing', () => {
  test('1,000 steady requests make no statement, and after a flush the row equals the last visit', async () => {
    const { app, clock, takeStatements } = await startCounted()
    await using _ = app
    const headers = { 'user-agent': 'curl/8.5.0', 'x-forwarded-for': '203.0.113.1' }
    const ada = new Browser(app.url, headers)
    await ada.signIn('ada')
    await ada.get('/me')
    takeStatements()
    for (let turn = 0; turn < 100; turn++) {
      clock.advance(10)
      const answers = await Promise.all(Array.from({ length: 10 }, () => ada.get('/me')))
      expect(answers.every(({ status }) => status === 200)).toBe(true)
    }
    expect(takeStatements()).toEqual([])
    await app.sessions.flush()
    const [one] = await app.sessions.user('ada').list()
    expect(one).toMatchObject({ ip: '203.0.113.1', userAgent: 'curl/8.5.0', lastSeenAt: new Date(clock.now()) })
  })

  test('a list shows what is not flushed yet, its client too', async () => {
    const { app, clock } = await startCounted()
    await using _ = app
    const headers = { 'x-forwarded-for': '203.0.113.1' }
    const ada = new Browser(app.url, headers)
    await ada.signIn('ada')
    for (const ip of ['198.51.100.7', '203.0.113.1', '198.51.100.7', '203.0.113.1']) {
      Object.assign(headers, { 'x-forwarded-for': ip })
      clock.advance(1000)
      await ada.get('/me')
    }
    const [one] = await app.sessions.user('ada').list()
    expect(one).toMatchObject({ ip: '203.0.113.1', lastSeenAt: new Date(clock.now()) })
  })

  test('a session that this process has not met costs one statement, shared by the requests that come at once', async () => {
    const { storage, takeStatements } = await countedStorage()
    const options = { sessions: { storage, trackActivity: true, maxStaleness: 3_600_000, purgeInterval: 0 } }
    await using one = await startApp(options)
    await using two = await startApp({ ...options, store: one.store })
    const ada = new Browser(one.url)
    await ada.signIn('ada')
    const there = new Browser(two.url)
    for (const [name, value] of ada.cookies) there.cookies.set(name, value)
    takeStatements()
    const answers = await Promise.all(Array.from({ length: 50 }, () => there.get('/me')))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(takeStatements().filter((statement) => statement.startsWith('select'))).toHaveLength(1)
  })

  test('two networks by turns make no more statements than a steady client, but for the first change', async () => {
    const { app, clock, takeStatements } = await startCounted()
    await using _ = app
    const headers = { 'x-forwarded-for': '203.0.113.1' }
    const ada = new Browser(app.url, headers)
    await ada.signIn('ada')
    const visit = async (ip: string) => {
      Object.assign(headers, { 'x-forwarded-for': ip })
      clock.advance(10)
      await ada.get('/me')
    }
    await visit('198.51.100.7')
    await app.sessions.flush()
    takeStatements()
    for (let turn = 0; turn < 200; turn++) await visit(turn % 2 === 0 ? '203.0.113.1' : '198.51.100.7')
    expect(takeStatements()).toEqual([])
  })
})

test('memory stays flat under a million keys that nobody issued', { timeout: 120_000 }, async () => {
  const clock = fakeClock()
  const verdicts = new Verdicts(1000)
  const brake = new Brake(clock.now, { warn() {}, error() {} })
  const askStorageId = async () => 'this'
  const changes = { fresh: () => true, caughtUp: async () => {}, everyone: undefined, storageId: 'this', askStorageId }
  // One hash for all: what is measured is what the judge keeps.
  const judge = new Judge({ storage: memoryStorage({ clock: clock.now }), verdicts, changes, brake, hash: () => HASH })
  const keys = 1_000_000
  const try_ = async (from: number, to: number) => {
    for (let i = from; i < to; i++)
      await judge.judge(`key ${i}`, `user ${i}`, 'this.01900000-0000-7000-8000-000000000000')
  }
  await try_(0, 20_000)
  const before = heap()
  await try_(20_000, keys)
  expect(heap() - before).toBeLessThan(3_000_000)
  expect(verdicts.size).toBe(0)
})

const HASH = new Uint8Array(32)

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function heap(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
