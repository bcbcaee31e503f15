import { expect, test } from 'vitest'
import type { Storage } from '../../src/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'
import { keptLog } from './kept-log.js'
import { startTokenApp } from './token-app.js'

async function signIn(url: string, user: string, headers: Record<string, string> = {}) {
  const browser = new Browser(url, headers)
  const { body } = await browser.json(`/login?user=${user}`, 'POST')
  return { browser, token: String(Reflect.get(Object(body), 'token')) }
}

/** A mobile client: no cookies, a bearer header. */
function withToken(url: string, token: string): Browser {
  return new Browser(url, { authorization: `Bearer ${token}` })
}

/** A storage that can be taken away. */
function severable(inner: Storage) {
  let isAway = false
  const storage = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => (isAway ? Promise.reject(new Error('gone')) : value.apply(target, args))
    },
  })
  return {
    storage,
    away(now: boolean) {
      isAway = now
    },
  }
}

test('a browser with a JWT in a cookie and a phone with a bearer token are two sessions, and one ends the other', async () => {
  await using app = await startTokenApp()
  const { browser } = await signIn(app.url, 'ada')
  const { token } = await signIn(app.url, 'ada', { 'user-agent': 'okhttp/4.12.0' })
  const phone = withToken(app.url, token)
  expect((await browser.json('/me')).body).toEqual({ user: 'ada' })
  expect((await phone.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(2)

  expect((await browser.post('/accounts/sessions/')).status).toBe(303)
  const refused = await phone.get('/me')
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  expect(await refused.json()).toEqual({
    status: 401,
    data: { flows: [{ id: 'login' }] },
    meta: { is_authenticated: false },
  })
  expect((await browser.json('/me')).status).toBe(200)
  const history = await app.sessions.user('ada').history()
  expect(history.map(({ endReason, data }) => ({ endReason, data }))).toEqual([
    { endReason: 'other-session', data: { method: 'password' } },
  ])
})

test('a person whose token has ended is taken to the login page, which says why, once', async () => {
  await using app = await startTokenApp()
  const { browser } = await signIn(app.url, 'ada')
  await app.sessions.user('ada').endAll({ reason: 'admin' })
  const opened = await browser.get('/me?tab=1', { accept: 'text/html' })
  expect([opened.status, opened.headers.get('location')]).toEqual([302, '/login?next=%2Fme%3Ftab%3D1'])
  const posted = await browser.request('/me', { method: 'POST', headers: { accept: 'text/html' } })
  expect([posted.status, posted.headers.get('location')]).toEqual([303, '/login'])
  expect((await browser.json('/login')).body).toEqual({ reason: 'admin' })
  expect(browser.cookies.size).toBe(0)
  expect((await browser.json('/login')).body).toEqual({ reason: null })
})

test('a refresh keeps the record, and a refresh after an end is refused', async () => {
  const clock = fakeClock()
  await using app = await startTokenApp({ clock: clock.now, maxLifetime: 3600_000 })
  const { token } = await signIn(app.url, 'ada')
  const [before] = await app.sessions.user('ada').list()
  clock.advance(4 * 60_000)
  const { body } = await withToken(app.url, token).json('/refresh', 'POST')
  const renewed = withToken(app.url, String(Reflect.get(Object(body), 'token')))
  clock.advance(4 * 60_000)
  expect((await renewed.json('/me')).status).toBe(200)
  expect((await withToken(app.url, token).json('/me')).status).toBe(401)
  const [after] = await app.sessions.user('ada').list()
  expect(after?.id).toBe(before?.id)
  expect(after?.expiresAt.getTime()).toBeGreaterThan(before?.expiresAt.getTime() ?? 0)
  await app.sessions.user('ada').endAll()
  expect((await renewed.json('/refresh', 'POST')).status).toBe(401)
})

test('a record that has run out refuses its token, whatever the token says of itself, and is listed no more', async () => {
  const clock = fakeClock()
  await using app = await startTokenApp({ clock: clock.now, maxLifetime: 60_000 })
  const { browser } = await signIn(app.url, 'ada')
  clock.advance(59_000)
  expect((await browser.json('/me')).status).toBe(200)
  clock.advance(1_001)
  expect((await browser.json('/me')).status).toBe(401)
  expect(app.sessions.refusals).toEqual({ expired: 1 })
  expect(await app.sessions.user('ada').list()).toEqual([])
  await app.sessions.flush()
  expect((await app.sessions.user('ada').history())[0]?.endReason).toBe('expired')
})

test('signing out ends the record, and the token is refused from then on', async () => {
  await using app = await startTokenApp()
  const { browser, token } = await signIn(app.url, 'ada')
  await browser.json('/logout', 'POST')
  expect(browser.cookies.size).toBe(0)
  expect((await withToken(app.url, token).json('/me')).status).toBe(401)
  expect((await app.sessions.user('ada').history())[0]?.endReason).toBe('user')
})

test('a well-signed token whose key nobody issued, or issued to another, is refused', async () => {
  await using app = await startTokenApp()
  await using other = await startTokenApp()
  const { token } = await signIn(other.url, 'ada')
  expect((await withToken(app.url, token).json('/me')).status).toBe(401)
  expect(await app.sessions.user('ada').list()).toEqual([])
})

test('a blocked user is issued nothing', async () => {
  await using app = await startTokenApp({ logger: keptLog() })
  await app.sessions.user('ada').block()
  expect((await new Browser(app.url).request('/login?user=ada', { method: 'POST' })).status).toBe(500)
  expect(await app.sessions.user('ada').list()).toEqual([])
})

test('without our records nothing can tell, so the answer is 503 and never 401; a known session goes on for maxStaleness', async () => {
  const clock = fakeClock()
  const { storage, away } = severable(memoryStorage({ clock: clock.now }))
  await using app = await startTokenApp({ storage, clock: clock.now, logger: keptLog() })
  const { browser: known } = await signIn(app.url, 'ada')
  const { browser: unknown } = await signIn(app.url, 'bea')
  await known.json('/me')
  away(true)
  expect((await known.json('/me')).status).toBe(200)
  clock.advance(1_001)
  for (const browser of [known, unknown]) {
    const refused = await browser.get('/me')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  }
  away(false)
  clock.advance(1_001)
  expect((await known.json('/me')).status).toBe(200)
})

test('a storage that hangs is one that is away: the answer comes within seconds', async () => {
  const inner = memoryStorage()
  let hangs = false
  const storage = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => (hangs ? new Promise(() => {}) : value.apply(target, args))
    },
  })
  const clock = fakeClock()
  await using app = await startTokenApp({ storage, clock: clock.now, logger: keptLog() })
  const { browser } = await signIn(app.url, 'ada')
  hangs = true
  clock.advance(1_001)
  expect((await browser.get('/me')).status).toBe(503)
  hangs = false
})

test('keys of ours are 256 random bits, and none is like another', async () => {
  await using app = await startTokenApp()
  const keys = new Set<string>()
  for (let index = 0; index < 50; index++) {
    const { token } = await signIn(app.url, `user ${index}`)
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    keys.add(String(Reflect.get(Object(claims), 'sid')))
  }
  expect(keys.size).toBe(50)
  for (const key of keys) expect(key).toMatch(/^us1_[A-Za-z0-9_-]{43}$/)
})
