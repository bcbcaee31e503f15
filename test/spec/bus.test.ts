import session from 'express-session'
import { expect, test } from 'vitest'
import { memoryBus } from '../../src/events/memory-bus.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'
import { keptLog } from './kept-log.js'

const HOUR = 3_600_000

/** It keeps what it is told to destroy: what is refused is refused by us. */
class KeepingStore extends session.MemoryStore {
  override destroy(_key: string, done?: (error?: unknown) => void): void {
    if (done) setImmediate(done)
  }
}

/** Two processes whose poll is far away: what one learns of the other in time it learns by the bus. */
async function startTwo(hub: ReturnType<typeof memoryBus>, maxStaleness = HOUR) {
  const storage = memoryStorage()
  const store = new KeepingStore()
  const start = () => startApp({ store, sessions: { storage, maxStaleness, bus: hub.node(), logger: keptLog() } })
  return { one: await start(), two: await start() }
}

/** Signed in, and met by both. */
async function metByBoth(one: TestApp, two: TestApp, user = 'ada'): Promise<readonly [Browser, Browser]> {
  const browsers = [new Browser(one.url), new Browser(two.url)] as const
  await browsers[0].signIn(user)
  for (const [name, value] of browsers[0].cookies) browsers[1].cookies.set(name, value)
  for (const browser of browsers) expect((await browser.get('/me')).status).toBe(200)
  return browsers
}

const WAYS: readonly (readonly [string, (app: TestApp) => Promise<unknown>])[] = [
  ['all of a user’s sessions', (app) => app.sessions.user('ada').endAll()],
  ['a blocked user’s', (app) => app.sessions.user('ada').block()],
  ['everyone’s', (app) => app.sessions.everyone.end()],
  ['an erased user’s', (app) => app.sessions.user('ada').erase()],
]

test.each(WAYS)('an end on one process is refused on the other at once, by the bus: %s', async (_name, end) => {
  const hub = memoryBus()
  const { one, two } = await startTwo(hub)
  await using _one = one
  await using _two = two
  const [, ada] = await metByBoth(one, two)
  await end(one)
  await hub.settled()
  await expect.poll(async () => (await ada.get('/me')).status).toBe(401)
})

test('what is pushed out by a limit is refused on the other at once', async () => {
  const hub = memoryBus()
  const storage = memoryStorage()
  const store = new KeepingStore()
  const options = { storage, maxStaleness: HOUR, maxSessionsPerUser: 1 }
  await using one = await startApp({ store, sessions: { ...options, bus: hub.node() } })
  await using two = await startApp({ store, sessions: { ...options, bus: hub.node() } })
  const [, ada] = await metByBoth(one, two)
  await new Browser(one.url).signIn('ada')
  await hub.settled()
  await expect.poll(async () => (await ada.get('/me')).status).toBe(401)
})

test('a bus that loses everything costs time within `maxStaleness`, and nothing else', async () => {
  const hub = memoryBus()
  hub.faults.losePercent = 100
  const { one, two } = await startTwo(hub, 150)
  await using _one = one
  await using _two = two
  const [, ada] = await metByBoth(one, two)
  await one.sessions.user('ada').endAll()
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect((await ada.get('/me')).status).toBe(401)
})

test('news that come twice, late and in another order end nothing that is live, and bring nothing back', async () => {
  const hub = memoryBus({ seed: 7 })
  Object.assign(hub.faults, { duplicatePercent: 50, reorder: true, delayTurns: 5 })
  const { one, two } = await startTwo(hub)
  await using _one = one
  await using _two = two
  const pairs = []
  for (let i = 0; i < 10; i++) pairs.push(await metByBoth(one, two, `user ${i}`))
  await Promise.all(pairs.map((_pair, i) => (i % 2 === 0 ? one.sessions.user(`user ${i}`).endAll() : undefined)))
  await hub.settled()
  for (const [i, [, there]] of pairs.entries()) {
    await expect.poll(async () => (await there.get('/me')).status).toBe(i % 2 === 0 ? 401 : 200)
  }
})

test('what was missed while the bus was down is made good once it is back', async () => {
  const hub = memoryBus()
  const { one, two } = await startTwo(hub)
  await using _one = one
  await using _two = two
  const [, ada] = await metByBoth(one, two)
  hub.cut()
  await one.sessions.user('ada').endAll()
  expect((await ada.get('/me')).status).toBe(200)
  hub.mend()
  await expect.poll(async () => (await ada.get('/me')).status).toBe(401)
  expect(two.sessions.revocationLag.count).toBe(1)
})
