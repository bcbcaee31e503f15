import type { Express } from 'express'
import session from 'express-session'
import { expect, test } from 'vitest'
import { DefaultUserSessionsAdapter, type Storage, type UserSessionsOptions } from '../../src/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { startApp, type TestApp } from './app.js'
import { type Barrier, barrier } from './barrier.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'
import { keptLog } from './kept-log.js'

function sameCookies(app: TestApp, browser: Browser): Browser {
  const thief = new Browser(app.url)
  for (const [name, value] of browser.cookies) thief.cookies.set(name, value)
  return thief
}

/** Routes that wait before they do what a thief would have them do. */
function slowRoutes(app: Express, started: Barrier, released: Barrier): void {
  app.post('/slow/regenerate', async (request, response, next) => {
    const { userId } = request.session
    started.open()
    await released.passed
    request.session.regenerate((error) => {
      if (error) return next(error)
      if (userId !== undefined) request.session.userId = userId
      response.json({})
    })
  })
  app.post('/slow/generate', async (request, response) => {
    const { userId } = request.session
    started.open()
    await released.passed
    Reflect.get(Object(request).sessionStore, 'generate')(request)
    if (userId !== undefined) request.session.userId = userId
    response.json({})
  })
  app.post('/slow/logout', async (request, response, next) => {
    started.open()
    await released.passed
    request.session.destroy((error) => (error ? next(error) : response.json({})))
  })
  app.post('/slow/clear', async (request, response) => {
    started.open()
    await released.passed
    delete request.session.userId
    response.json({})
  })
  app.post('/slow/write', async (request, response) => {
    started.open()
    await released.passed
    request.session.count = 99
    response.json({})
  })
  app.post('/clear-and-return', (request, response, next) => {
    delete request.session.userId
    delete request.session.count
    request.session.save((error) => {
      if (error) return next(error)
      request.session.userId = 'ada'
      response.json({})
    })
  })
  app.get('/count', (request, response) => void response.json({ count: request.session.count ?? null }))
}

/** A storage whose answers to one method are late, after the real work is done. */
function lateStorage(inner: Storage, method: keyof Storage, late: () => Promise<void>): Storage {
  return new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function' || name !== method) return value
      return async (...args: unknown[]) => {
        const answer: unknown = await value.apply(target, args)
        await late()
        return answer
      }
    },
  })
}

test.each([
  'regenerate',
  'generate',
  'logout',
  'clear',
] as const)('a thief’s slow %s on the old key neither takes the re-keyed session nor ends it', async (way) => {
  const [started, released] = [barrier(), barrier()]
  await using app = await startApp({ routes: (express) => slowRoutes(express, started, released) })
  const owner = new Browser(app.url)
  await owner.signIn('ada')
  const thief = sameCookies(app, owner)
  const slow = thief.post(`/slow/${way}`)
  await started.passed
  // What an app does when the password changes.
  await owner.signIn('ada')
  await owner.post('/accounts/sessions/')
  released.open()
  await slow
  expect((await thief.json('/me')).status).toBe(401)
  expect((await owner.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test('a slow save of an ended session does not land in its successor under the same key', async () => {
  const [started, released] = [barrier(), barrier()]
  await using app = await startApp({ routes: (express) => slowRoutes(express, started, released) })
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  const slow = sameCookies(app, browser).post('/slow/write')
  await started.passed
  await browser.post('/clear-and-return')
  released.open()
  await slow
  expect((await browser.json('/count')).body).toEqual({ count: null })
  expect((await browser.json('/me')).status).toBe(200)
})

test('a sign-in whose answer from storage comes after its end is not taken for live', async () => {
  const [recorded, released] = [barrier(), barrier()]
  let isLate = false
  const storage = lateStorage(memoryStorage(), 'record', async () => {
    if (!isLate) return
    recorded.open()
    await released.passed
  })
  await using app = await startApp({ sessions: { storage } })
  isLate = true
  const thief = new Browser(app.url)
  const signingIn = thief.signIn('ada')
  await recorded.passed
  expect(await app.sessions.user('ada').endAll()).toHaveLength(1)
  released.open()
  await signingIn
  const left = await new Promise((resolve) =>
    app.store.all?.((_error, sessions) => resolve(Object.keys(sessions ?? {}))),
  )
  expect(left).toEqual([])
  expect((await thief.json('/me')).status).toBe(401)
})

const TRIPPED: readonly [string, () => Partial<UserSessionsOptions & { data: () => never }>][] = [
  [
    'an adapter that trips over a user agent',
    () => ({
      adapter: new (class extends DefaultUserSessionsAdapter {
        override describe(): never {
          throw new Error('odd user agent')
        }
      })(),
    }),
  ],
  [
    'a data option that trips over old records',
    () => ({
      data: () => {
        throw new Error('no method')
      },
    }),
  ],
]

test.each(
  TRIPPED,
)('%s keeps no session from being listed or ended, and no logout from happening', async (_, options) => {
  await using app = await startApp({ sessions: { logger: keptLog(), maxSessionsPerUser: 2, ...options() } })
  const [owner, thief, third] = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  await thief.signIn('ada')
  await owner.signIn('ada')
  await third.signIn('ada')
  expect((await thief.json('/me')).status).toBe(401)
  expect((await owner.get('/accounts/sessions/')).status).toBe(200)
  expect((await owner.post('/accounts/sessions/')).status).toBe(303)
  expect((await third.json('/me')).status).toBe(401)
  await owner.post('/logout')
  expect((await owner.json('/me')).status).toBe(401)
})

test('signing everyone out reaches sessions that were never seen, too', async () => {
  const store = new session.MemoryStore()
  const before = await startApp({ store, sessions: { mode: 'off' } })
  const browser = new Browser(before.url)
  await browser.signIn('ada')
  await before.close()
  await using app = await startApp({ store })
  await app.sessions.everyone.end({ reason: 'admin' })
  expect((await sameCookies(app, browser).json('/me')).body).toEqual({ user: null, reason: 'admin' })
  const fresh = new Browser(app.url)
  await fresh.signIn('ada')
  expect((await fresh.json('/me')).status).toBe(200)
})

test('a poll that was reading while everyone was signed out does not undo it', async () => {
  const clock = fakeClock()
  const [reading, released] = [barrier(), barrier()]
  let isLate = false
  const storage = lateStorage(memoryStorage({ clock: clock.now }), 'meta', async () => {
    if (!isLate) return
    isLate = false
    reading.open()
    await released.passed
  })
  await using app = await startApp({ sessions: { storage, clock: clock.now, maxStaleness: 1000 } })
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  clock.advance(1_001)
  isLate = true
  const polling = browser.json('/me')
  await reading.passed
  await app.sessions.everyone.end({ reason: 'admin' })
  released.open()
  await polling
  expect((await browser.json('/me')).status).toBe(401)
})

test('a flood of a blocked user’s old sessions lets none in', async () => {
  const store = new session.MemoryStore()
  const before = await startApp({ store, sessions: { mode: 'off' } })
  const browsers = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const browser = new Browser(before.url)
      await browser.signIn('ada')
      return browser
    }),
  )
  await before.close()
  await using app = await startApp({ store })
  await app.sessions.user('ada').block()
  const statuses = await Promise.all(browsers.map(async (one) => (await sameCookies(app, one).json('/me')).status))
  expect(new Set(statuses)).toEqual(new Set([401]))
})

test('signed in without a record, "sign out others" answers 503 and never success', async () => {
  const inner = memoryStorage()
  let isAway = false
  const storage = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => (isAway ? Promise.reject(new Error('gone')) : value.apply(target, args))
    },
  })
  await using app = await startApp({
    sessions: { storage, logger: keptLog() },
    routes: (express, us) =>
      express.post('/end-others-later', async (request, response) => {
        isAway = false
        const ended = await us.of(request).endOthers()
        response.json({ ended: ended.length })
      }),
  })
  const browser = new Browser(app.url)
  isAway = true
  await browser.signIn('ada')
  expect((await browser.post('/end-others-later')).status).toBe(500)
})

test('a user option that reads NaN is an error, and never one account for all', async () => {
  await using app = await startApp({
    binding: { user: (data) => Number(data.count) },
    sessions: { logger: keptLog() },
    routes: (express) => {
      express.get('/visit', (request, response) => {
        request.session.count = Number.NaN
        response.send('hello')
      })
    },
  })
  const visitor = new Browser(app.url)
  expect((await visitor.get('/visit')).status).toBe(500)
  expect(await app.sessions.user('NaN').list()).toEqual([])
})

test('us.session with another store says to call forExpress once more', async () => {
  await using app = await startApp()
  expect(() => app.us.session(session, { secret: 'x', store: new session.MemoryStore() })).toThrow(
    'once for each store',
  )
})
