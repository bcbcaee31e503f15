import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import session from 'express-session'
import { afterEach, expect, test } from 'vitest'
import { createUserSessions, DefaultUserSessionsAdapter } from '../../src/index.js'
import { SECRET, startApp } from './app.js'
import { Browser } from './browser.js'
import { countedStorage } from './counted-storage.js'
import { fakeClock } from './fake-clock.js'
import { keptLog } from './kept-log.js'

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'usersessions-'))
  folders.push(folder)
  return folder
}

test('parity row 1: a sqlite URL makes its tables at start-up, and a restart finds everyone still listed', async () => {
  const storage = `sqlite:${join(await temporaryFolder(), 'made', 'sessions.db')}`
  const store = new session.MemoryStore()
  const browser = { cookies: new Map<string, string>() }
  {
    await using app = await startApp({ sessions: { storage }, store })
    const ada = new Browser(app.url)
    await ada.signIn('ada')
    browser.cookies = ada.cookies
  }
  await using app = await startApp({ sessions: { storage, migrate: false }, store })
  const ada = new Browser(app.url)
  for (const [name, value] of browser.cookies) ada.cookies.set(name, value)
  expect((await ada.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test('parity row 1: without the tables and with migrate off, the error says how to make them', async () => {
  const storage = `sqlite:${join(await temporaryFolder(), 'sessions.db')}`
  await expect(createUserSessions({ storage, secret: SECRET, migrate: false })).rejects.toMatchObject({
    code: 'storage_schema_missing',
    message: expect.stringContaining('npx usersessions migrate'),
  })
})

test('parity row 2: a record is made at the login itself, with tracking off', async () => {
  await using app = await startApp({ sessions: { trackActivity: false } })
  const ada = new Browser(app.url)
  await ada.get('/login')
  expect(await app.sessions.user('ada').list()).toEqual([])
  await ada.signIn('ada')
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  for (let visit = 0; visit < 3; visit++) await ada.get('/me')
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test('parity row 2: a session that was signed in before this package came is found out by the binding, once', async () => {
  const started: boolean[] = []
  const store = new session.MemoryStore()
  const before = new Map<string, string>()
  {
    await using app = await startApp({ store })
    const ada = new Browser(app.url)
    await ada.signIn('ada')
    for (const pair of ada.cookies) before.set(...pair)
  }
  // A new storage knows nothing of it: so does a first deploy.
  await using app = await startApp({
    store,
    routes: (_app, _us, all) => all.on('sessionStarted', (event) => started.push(event.adopted)),
  })
  const ada = new Browser(app.url)
  for (const [name, value] of before) ada.cookies.set(name, value)
  expect(await app.sessions.user('ada').list()).toEqual([])
  expect((await ada.json('/me')).status).toBe(200)
  expect((await ada.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  expect(started).toEqual([true])
})

test('parity row 2: recordSignIn records the login at once, with the data of the app, and no second record follows', async () => {
  await using app = await startApp({
    routes: (app, us) =>
      app.post('/explicit', (request, response, next) => {
        request.session.regenerate(async (error) => {
          if (error) return next(error)
          request.session.userId = 'ada'
          const recorded = await us.of(request).recordSignIn('ada', { data: { method: 'passkey' } })
          response.json({ id: recorded.id, data: recorded.data })
        })
      }),
  })
  const ada = new Browser(app.url)
  const { body } = await ada.json('/explicit', 'POST')
  const listed = await app.sessions.user('ada').list()
  expect(listed).toHaveLength(1)
  expect(body).toEqual({ id: listed[0]?.id, data: { method: 'passkey' } })
  expect((await ada.json('/me')).status).toBe(200)
})

test('parity row 2: no record is made again for a session that had been ended', async () => {
  const store = new session.MemoryStore()
  await using app = await startApp({ store, sessions: { trackActivity: true } })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  const saved = { ...Reflect.get(store, 'sessions') }
  await app.sessions.user('ada').endAll()
  // Something brings the old session back to the store, with the marker in its data and without it.
  for (const strip of [false, true]) {
    for (const [key, text] of Object.entries(saved)) {
      const data = JSON.parse(String(text))
      if (strip) delete data.usersessions
      await new Promise((resolve) => store.set(key, data, resolve))
    }
    expect((await ada.json('/me')).status).toBe(401)
    expect(await app.sessions.user('ada').list()).toEqual([])
    expect(await app.sessions.user('ada').export()).toHaveLength(1)
  }
})

test('parity row 3: with tracking off, ip, user agent and last seen stay those of the login', async () => {
  const clock = fakeClock()
  await using app = await startApp({ sessions: { clock: clock.now, trustedProxies: 1 } })
  const headers = { 'user-agent': CHROME, 'x-forwarded-for': '203.0.113.1' }
  const ada = new Browser(app.url, headers)
  await ada.signIn('ada')
  const signedIn = clock.now()
  clock.advance(60_000)
  Object.assign(headers, { 'user-agent': 'Other/1', 'x-forwarded-for': '198.51.100.7' })
  await ada.get('/me')
  await app.sessions.flush()
  const [listed] = await app.sessions.user('ada').list()
  expect(listed).toMatchObject({ ip: '203.0.113.1', userAgent: CHROME, lastSeenAt: new Date(signedIn) })
})

test('parity row 3: with tracking on they follow each request, and a list shows visits not yet written', async () => {
  const clock = fakeClock()
  await using app = await startApp({ sessions: { clock: clock.now, trustedProxies: 1, trackActivity: true } })
  const headers = { 'user-agent': CHROME, 'x-forwarded-for': '203.0.113.1' }
  const ada = new Browser(app.url, headers)
  await ada.signIn('ada')
  clock.advance(5_000)
  await ada.get('/me')
  const [seen] = await app.sessions.user('ada').list()
  expect(seen?.lastSeenAt).toEqual(new Date(clock.now()))
  clock.advance(5_000)
  Object.assign(headers, { 'user-agent': 'curl/8.5.0', 'x-forwarded-for': '198.51.100.7' })
  await ada.get('/me')
  await app.sessions.flush()
  const [moved] = await app.sessions.user('ada').list()
  expect(moved).toMatchObject({ ip: '198.51.100.7', userAgent: 'curl/8.5.0', lastSeenAt: new Date(clock.now()) })
})

test('parity row 3: on a warm process 50 tracked requests run no statement of their own', async () => {
  const clock = fakeClock()
  const { storage, takeStatements } = await countedStorage({ clock: clock.now })
  await using app = await startApp({ sessions: { storage, clock: clock.now, trackActivity: true } })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  await ada.get('/me')
  takeStatements()
  for (let visit = 0; visit < 50; visit++) {
    clock.advance(10)
    expect((await ada.get('/me')).status).toBe(200)
  }
  expect(takeStatements()).toEqual([])
})

test('parity row 5: a record carries all fields, and data of the app at sign-in and later', async () => {
  const clock = fakeClock()
  const maxAge = 3_600_000
  await using app = await startApp({
    sessions: { clock: clock.now, trustedProxies: 1 },
    session: { cookie: { maxAge } },
  })
  const ada = new Browser(app.url, { 'user-agent': CHROME, 'x-forwarded-for': '203.0.113.1' })
  await ada.signIn('ada')
  const now = new Date(clock.now())
  const handle = app.sessions.user('ada')
  const [listed] = await handle.list()
  const id = listed?.id ?? ''
  expect(listed).toEqual({
    id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
    user: 'ada',
    ip: '203.0.113.1',
    userAgent: CHROME,
    device: { label: 'Chrome on Linux', browser: 'Chrome', version: 140, os: 'Linux', kind: 'desktop' },
    place: null,
    createdAt: now,
    lastSeenAt: now,
    authenticatedAt: now,
    expiresAt: new Date(clock.now() + maxAge),
    endedAt: null,
    endReason: null,
    endedBy: null,
    name: null,
    data: {},
    isCurrent: false,
  })
  expect(await handle.update(id, { name: 'The blue laptop', data: { theme: 'dark', tries: [1, 2] } })).toBe(true)
  expect(await handle.get(id)).toMatchObject({ name: 'The blue laptop', data: { theme: 'dark', tries: [1, 2] } })
})

test('parity row 5: a user agent is cut at 512 code points, never within a character', async () => {
  await using app = await startApp({ server: { maxHeaderSize: 65_536 } })
  const ada = new Browser(app.url, { 'user-agent': `${'x'.repeat(511)}yz` })
  await ada.signIn('ada')
  const [listed] = await app.sessions.user('ada').list()
  expect(listed?.userAgent).toBe(`${'x'.repeat(511)}y`)
})

test('parity row 5: a user agent that the adapter tells is cut at 512 code points, too, with an emoji kept whole', async () => {
  class Emoji extends DefaultUserSessionsAdapter {
    override userAgent(): string {
      return `${'x'.repeat(511)}😀😀`
    }
  }
  await using app = await startApp({ sessions: { adapter: new Emoji() } })
  await new Browser(app.url).signIn('ada')
  const [listed] = await app.sessions.user('ada').list()
  expect(listed?.userAgent).toBe(`${'x'.repeat(511)}😀`)
})

test('parity row 5: an ip that cannot be told, as on a unix socket, is null and loses no login', async () => {
  const socketPath = join(await temporaryFolder(), 'app.sock')
  const log = keptLog()
  await using app = await startApp({ socketPath, sessions: { logger: log, trackActivity: true } })
  const signedIn = await overSocket(socketPath, 'POST', '/login?user=ada')
  expect(signedIn.status).toBe(303)
  expect((await overSocket(socketPath, 'GET', '/me', signedIn.cookie)).status).toBe(200)
  const page = await overSocket(socketPath, 'GET', '/accounts/sessions/', signedIn.cookie)
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('Unknown') })
  expect(await app.sessions.user('ada').list()).toMatchObject([{ ip: null, userAgent: null }])
  expect(log.lines).toEqual([])
})

function overSocket(socketPath: string, method: string, path: string, cookie = '') {
  return new Promise<{ status: number; cookie: string; body: string }>((resolve, reject) => {
    const sent = httpRequest({ socketPath, method, path, headers: cookie ? { cookie } : {} }, (response) => {
      const kept = (response.headers['set-cookie'] ?? [''])[0]?.split(';')[0] ?? ''
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, cookie: kept, body }))
    })
    sent.on('error', reject).end()
  })
}
