import { randomUUID } from 'node:crypto'
import type { SessionData } from 'express-session'
import session from 'express-session'
import { describe, expect, test } from 'vitest'
import type { Storage } from '../../src/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { startApp } from './app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'
import { keptLog } from './kept-log.js'

/** An app that has its sessions already, before usersessions comes to it. */
async function signInWithout(store: session.Store, user: string): Promise<Browser> {
  await using app = await startApp({ store, sessions: { mode: 'off' } })
  const browser = new Browser(app.url)
  await browser.signIn(user)
  return browser
}

function withCookiesOf(browser: Browser, url: string): Browser {
  const same = new Browser(url)
  for (const [name, value] of browser.cookies) same.cookies.set(name, value)
  return same
}

function stored(store: session.Store): Promise<SessionData[]> {
  return new Promise((resolve, reject) => {
    store.all?.((error, sessions) => (error ? reject(error) : resolve(Object.values(sessions ?? {}))))
  })
}

/** A storage whose `close` is left to the test, so that several apps can have it after one another. */
function lasting(storage: Storage): Storage {
  return { ...storage, close: async () => {} }
}

test('a first deploy signs nobody out, and adopts the sessions that are there as they come', async () => {
  const store = new session.MemoryStore()
  const before = await signInWithout(store, 'ada')
  expect((await stored(store))[0]).not.toHaveProperty('usersessions')

  const adopted: boolean[] = []
  await using app = await startApp({ store })
  app.sessions.on('sessionStarted', (event) => adopted.push(event.adopted))
  const browser = withCookiesOf(before, app.url)
  expect((await browser.json('/me')).body).toEqual({ user: 'ada', reason: null })
  expect((await browser.json('/me')).status).toBe(200)
  expect(adopted).toEqual([true])
  expect((await stored(store))[0]).toHaveProperty('usersessions')
  const [only] = await app.sessions.user('ada').list()
  await app.sessions.user('ada').end([only?.id ?? ''])
  expect((await browser.json('/me')).status).toBe(401)
})

test('a first deploy over many live sessions of one user counts none of them against a cap', async () => {
  const store = new session.MemoryStore()
  const before = await Promise.all(Array.from({ length: 40 }, () => signInWithout(store, 'ada')))
  await using app = await startApp({ store, sessions: { maxSessionsPerUser: 3 } })
  const statuses = await Promise.all(before.map(async (one) => (await withCookiesOf(one, app.url).json('/me')).status))
  expect(new Set(statuses)).toEqual(new Set([200]))
  for (const one of before) await withCookiesOf(one, app.url).json('/me')
  expect(await app.sessions.user('ada').list()).toHaveLength(40)
})

test('two requests that adopt the same session at once make one record', async () => {
  const store = new session.MemoryStore()
  const before = await signInWithout(store, 'ada')
  await using app = await startApp({ store })
  const browser = withCookiesOf(before, app.url)
  await Promise.all(Array.from({ length: 10 }, () => browser.json('/me')))
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test('a flushed app store signs people out as it always did, and they can sign in again', async () => {
  const store = new session.MemoryStore()
  await using app = await startApp({ store })
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  await new Promise<void>((resolve) => store.clear?.(() => resolve()))
  expect((await browser.json('/me')).status).toBe(401)
  await browser.signIn('ada')
  expect((await browser.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test('a session that ended and was purged stays dead when its data comes back into the store', async () => {
  const clock = fakeClock()
  const store = new session.MemoryStore()
  const storage = lasting(memoryStorage())
  await using app = await startApp({ store, sessions: { clock: clock.now, storage } })
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  const [data] = await stored(store)
  const key =
    decodeURIComponent(browser.cookies.get('connect.sid') ?? '')
      .slice(2)
      .split('.')[0] ?? ''
  await app.sessions.user('ada').endAll()
  clock.advance(90 * 24 * 3600 * 1000)
  expect(await app.sessions.everyone.purge()).toBe(1)

  await using later = await startApp({ store, sessions: { clock: clock.now, storage } })
  if (data) await new Promise<void>((resolve) => store.set(key, data, () => resolve()))
  const back = withCookiesOf(browser, later.url)
  expect((await back.json('/me')).body).toEqual({ user: null, reason: 'purged' })
  expect(await stored(store)).toEqual([])
})

describe('after a restore from a backup', () => {
  async function restoredApp(tell: boolean) {
    const store = new session.MemoryStore()
    const log = keptLog()
    const backup = memoryStorage()
    const storageId = 'f'.repeat(32)
    await backup.meta('storage_id', { value: storageId })
    const current = memoryStorage()
    await current.meta('storage_id', { value: storageId })
    const before = await startApp({ store, sessions: { storage: current } })
    const browsers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const browser = new Browser(before.url)
        await browser.signIn(`user ${index}`)
        return browser
      }),
    )
    await before.close()
    const app = await startApp({ store, sessions: { storage: backup, logger: log } })
    if (tell) await app.sessions.everyone.restored()
    const statuses: number[] = []
    for (const browser of browsers) statuses.push((await withCookiesOf(browser, app.url).json('/me')).status)
    return { app, log, statuses }
  }

  test('nobody is signed out once it has been told', async () => {
    const { app, statuses, log } = await restoredApp(true)
    await using _ = app
    expect(statuses).toEqual(Array(20).fill(200))
    expect(log.lines).toEqual([])
    expect(app.sessions.refusals).toEqual({})
  })

  test('the brake trips when it has not been told, says so loudly, and adopts the rest', async () => {
    const { app, statuses, log } = await restoredApp(false)
    await using _ = app
    expect(statuses).toEqual([...Array(9).fill(401), ...Array(11).fill(200)])
    expect(log.lines.filter((line) => line.includes('npx usersessions restored'))).toHaveLength(1)
    expect(app.sessions.refusals).toEqual({ purged: 9 })
  })
})

test('one person cannot trip the brake, with however many sessions and requests', async () => {
  const store = new session.MemoryStore()
  await using app = await startApp({ store, sessions: { logger: keptLog() } })
  const stale = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const browser = new Browser(app.url)
      await browser.signIn('alice')
      return browser
    }),
  )
  await app.sessions.user('alice').moveTo('alice2')
  const statuses = await Promise.all(
    [...stale, ...stale].map(async (one) => (await withCookiesOf(one, app.url).json('/me')).status),
  )
  expect(new Set(statuses)).toEqual(new Set([401]))
  expect(await app.sessions.user('alice').list()).toEqual([])
})

test('explicit ends are never braked', async () => {
  await using app = await startApp({ sessions: { logger: keptLog() } })
  const browsers = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const browser = new Browser(app.url)
      await browser.signIn(`user ${index}`)
      return browser
    }),
  )
  for (let index = 0; index < 30; index++) await app.sessions.user(`user ${index}`).endAll()
  for (const browser of browsers) expect((await browser.json('/me')).status).toBe(401)
})

describe('mode', () => {
  test('observe refuses nothing and counts what it would have refused', async () => {
    const storage = lasting(memoryStorage())
    const store = new session.MemoryStore()
    await using app = await startApp({ store, sessions: { mode: 'observe', storage } })
    const browser = new Browser(app.url)
    await browser.signIn('ada')
    const [one] = await app.sessions.user('ada').list()
    await storage.end('ada', 'all', { reason: 'admin', by: null, at: Date.now(), endingId: randomUUID() })
    expect(one).toBeDefined()
    await using other = await startApp({ store, sessions: { mode: 'observe', storage } })
    const same = withCookiesOf(browser, other.url)
    expect((await same.json('/me')).body).toEqual({ user: 'ada', reason: null })
    expect(other.sessions.refusals).toEqual({ admin: 1 })

    await using enforcing = await startApp({ store, sessions: { storage } })
    expect((await withCookiesOf(browser, enforcing.url).json('/me')).status).toBe(401)
    expect(enforcing.sessions.refusals).toEqual({ admin: 1 })
  })

  test('off keeps out of every request and does not even open the storage', async () => {
    const store = new session.MemoryStore()
    await using app = await startApp({ store, sessions: { mode: 'off', storage: 'sqlite:/nowhere/at/all.db' } })
    const browser = new Browser(app.url)
    await browser.signIn('ada')
    expect((await browser.json('/me')).body).toEqual({ user: 'ada', reason: null })
    expect((await stored(store))[0]).not.toHaveProperty('usersessions')
    expect(await app.sessions.user('ada').list()).toEqual([])
  })

  test('a misspelt mode is an error that names the three', async () => {
    // @ts-expect-error: the point of the test
    const starting = startApp({ sessions: { mode: 'enforced' } })
    await expect(starting).rejects.toThrow("'enforce', 'observe' or 'off', not 'enforced'")
  })
})

test('when our storage fails, the app goes on: its store vouches for the session, and sign-ins are not lost', async () => {
  const log = keptLog()
  const inner = memoryStorage()
  let broken = false
  const storage = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => (broken ? Promise.reject(new Error('gone')) : value.apply(target, args))
    },
  })
  await using app = await startApp({ sessions: { storage, logger: log, maxStaleness: 0 } })
  const before = new Browser(app.url)
  await before.signIn('ada')
  broken = true
  const during = new Browser(app.url)
  await during.signIn('bea')
  expect((await before.json('/me')).status).toBe(200)
  expect((await during.json('/me')).body).toEqual({ user: 'bea', reason: null })
  expect(log.lines.join('\n')).toContain('its store')
  broken = false
  expect((await during.json('/me')).status).toBe(200)
  await during.json('/me')
  expect(await app.sessions.user('bea').list()).toHaveLength(1)
})
