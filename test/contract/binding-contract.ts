import session from 'express-session'
import { describe, expect, test } from 'vitest'
import { openStorage } from '../../src/index.js'
import { Browser } from '../spec/browser.js'
import { fakeClock } from '../spec/fake-clock.js'
import { keptLog } from '../spec/kept-log.js'
import { rawRequest } from '../spec/raw-request.js'
import { type ContractApp, type ContractOptions, type StartBinding, startContractApp } from './contract-app.js'

const PAGE = '/accounts/sessions/'
const API = '/api/auth/sessions'
const UNKNOWN = '01900000-0000-7000-8000-000000000000'

type Start = (options?: ContractOptions) => Promise<ContractApp>

/** What every binding does, asked through HTTP. */
export function bindingContract(name: string, binding: StartBinding): void {
  const start: Start = (options) => startContractApp(binding, options)
  describe(`${name}: sessions are seen and ended`, () => mainJob(start))
  webContract(name, binding)
  describe(`${name}: what becomes of a session within a request`, () => lifeOfASession(start))
  describe(`${name}: slow and lost requests`, () => slowRequests(start))
  describe(`${name}: modes, and sessions that were there before`, () => modes(start))
}

/** What the page, the API and the admin page of every binding do, whatever its sessions are. */
export function webContract(name: string, binding: StartBinding): void {
  describe.each([true, false])(`${name}: page and API, the app parses bodies: %s`, (parsesBodies) => {
    pageAndApi((options) => startContractApp(binding, { parsesBodies, ...options }))
  })
}

/** This many browsers, each signed in. */
async function signedIn(app: ContractApp, count: number, user = 'ada'): Promise<Browser[]> {
  const browsers = Array.from({ length: count }, () => new Browser(app.url))
  for (const browser of browsers) expect((await browser.signIn(user)).status).toBe(303)
  return browsers
}

/** A browser's own answer to `/me`; where an ended session is answered 401 before it gets there, nobody's. */
async function me(browser: Browser | undefined): Promise<{ user?: unknown; id?: unknown; reason?: unknown }> {
  const { body } = (await browser?.json('/me')) ?? {}
  if (typeof body === 'object' && body !== null && 'meta' in body) return { user: null }
  return typeof body === 'object' && body !== null ? body : {}
}

const historyOf = async (app: ContractApp, user = 'ada') =>
  (await app.sessions.user(user).history()).map(({ endReason, endedBy }) => ({ endReason, endedBy }))

function copyOf(app: ContractApp, browser: Browser | undefined): Browser {
  const copy = new Browser(app.url)
  for (const [name, value] of browser?.cookies ?? []) copy.cookies.set(name, value)
  return copy
}

function mainJob(start: Start): void {
  test('two browsers sign in, each sees both, one ends the other, and the other is signed out', async () => {
    await using app = await start()
    const [one, two] = await signedIn(app, 2)
    const { body } = (await one?.json('/mine')) ?? {}
    expect(body).toMatchObject([{ isCurrent: true }, { isCurrent: false }])
    expect((await one?.post(PAGE))?.status).toBe(303)
    expect(await me(two)).toEqual({ user: null, id: null, reason: 'other-session' })
    expect(await me(one)).toMatchObject({ user: 'ada' })
    expect(await app.sessions.user('ada').list()).toHaveLength(1)
  })

  test('the ended browser is told why until it was told on the login page, and its cookie goes then', async () => {
    await using app = await start()
    const [one, two] = await signedIn(app, 2)
    await one?.post(PAGE)
    expect(await me(two)).toMatchObject({ reason: 'other-session' })
    expect(two?.cookies.size).toBe(1)
    expect((await two?.json('/told'))?.body).toMatchObject({ told: { reason: 'other-session', by: 'ada' } })
    expect(two?.cookies.size).toBe(0)
    expect((await two?.json('/told'))?.body).toEqual({ told: null })
  })

  test('an ended browser may sign in again', async () => {
    await using app = await start()
    const [one, two] = await signedIn(app, 2)
    await one?.post(PAGE)
    await two?.signIn('ada')
    expect(await me(two)).toMatchObject({ user: 'ada', reason: null })
    expect(await app.sessions.user('ada').list()).toHaveLength(2)
  })

  test('events carry the request of the framework', async () => {
    await using app = await start()
    const told: unknown[] = []
    app.sessions.on('sessionStarted', ({ request }) => told.push(Reflect.get(Object(request?.headers), 'user-agent')))
    app.sessions.on('sessionEnded', ({ request }) => told.push(Reflect.get(Object(request?.headers), 'user-agent')))
    const browser = new Browser(app.url, { 'user-agent': 'Contract/1' })
    await browser.signIn('ada')
    await browser.post('/logout')
    expect(told).toEqual(['Contract/1', 'Contract/1'])
  })
}

function pageAndApi(start: Start): void {
  test('the page lists, ends the chosen one, and signs out, with its cookie', async () => {
    await using app = await start()
    const [one, two] = await signedIn(app, 2)
    const shown = await one?.get(PAGE)
    expect([shown?.status, shown?.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(await shown?.text()).toContain(String((await me(two)).id))
    expect((await one?.post(PAGE, { session: String((await me(two)).id) }))?.status).toBe(303)
    expect(await me(two)).toMatchObject({ user: null })
    const left = await one?.post(PAGE, { action: 'sign-out' })
    expect([left?.status, left?.headers.get('location')]).toEqual([303, '/login'])
    expect(one?.cookies.size).toBe(0)
    expect(await app.sessions.user('ada').list()).toEqual([])
  })

  test('who is not signed in is sent to the login page, and back from there', async () => {
    await using app = await start()
    const response = await new Browser(app.url).get(PAGE)
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe(`/login?next=${encodeURIComponent(PAGE)}`)
  })

  test('the API lists, ends some, all of them or none, and says 401 to who is not signed in', async () => {
    await using app = await start()
    const [one, two, three] = await signedIn(app, 3)
    const { body } = (await one?.json(API)) ?? {}
    expect(body).toMatchObject({ status: 200, data: [{ is_current: true }, {}, {}] })
    const ids = await Promise.all([two, three].map(async (browser) => String((await me(browser)).id)))
    expect((await one?.json(API, 'DELETE', { sessions: [ids[0], UNKNOWN] }))?.status).toBe(400)
    expect(await me(two)).toMatchObject({ user: 'ada' })
    expect((await one?.json(API, 'DELETE', { sessions: ids }))?.status).toBe(200)
    expect([await me(two), await me(three)]).toMatchObject([{ user: null }, { user: null }])
    expect((await one?.json(API, 'DELETE', { sessions: [(await me(one)).id] }))?.status).toBe(401)
    expect(one?.cookies.size).toBe(0)
    expect((await two?.json(API))?.status).toBe(401)
    expect((await one?.request(API, { method: 'PUT' }))?.status).toBe(405)
  })

  test('a body too large for a form is refused, in one piece or many, and nothing ends', async () => {
    await using app = await start()
    const [one, two] = await signedIn(app, 2)
    expect((await one?.post(PAGE, { session: 'x'.repeat(50_000) }))?.status).toBe(413)
    const cookie = [...(one?.cookies ?? [])].map((pair) => pair.join('=')).join('; ')
    const head = `POST ${PAGE} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: ${cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n`
    const { status } = await rawRequest(app.url, `${head}${`400\r\n${'x'.repeat(0x400)}\r\n`.repeat(64)}0\r\n\r\n`)
    expect(status).toBe(413)
    expect(await me(two)).toMatchObject({ user: 'ada' })
  })

  test('a form of another type is refused, and a body that is no JSON', async () => {
    await using app = await start()
    const [one, two] = await signedIn(app, 2)
    const body = JSON.stringify({ session: 'x' })
    const headers = { 'content-type': 'application/json' }
    expect((await one?.request(PAGE, { method: 'POST', body, headers }))?.status).toBe(415)
    expect((await one?.request(API, { method: 'DELETE', body: '{', headers }))?.status).toBe(400)
    expect(await me(two)).toMatchObject({ user: 'ada' })
  })

  test('a mount with a parameter in its path links to itself', async () => {
    await using app = await start()
    const [one] = await signedIn(app, 1)
    const redirected = await one?.get('/t/acme/sessions')
    expect([redirected?.status, redirected?.headers.get('location')]).toEqual([301, '/t/acme/sessions/'])
    expect(await (await one?.get('/t/acme/sessions/'))?.text()).toContain('action="/t/acme/sessions/"')
  })

  test.each([
    '/accounts/sessions/x.css',
    '/accounts/x',
    '/api/auth/sessions/1',
    '/api/auth/sessions/',
  ])('%s is none of ours', async (path) => {
    await using app = await start()
    const [one] = await signedIn(app, 1)
    expect((await one?.get(path))?.status).toBe(404)
  })

  test('the app’s own routes below a mount keep their bodies', async () => {
    await using app = await start()
    expect(await new Browser(app.url).json('/accounts/echo', 'POST', { a: [1] })).toEqual({
      status: 200,
      body: { a: [1] },
    })
  })

  test('the admin page is for those whom the app lets in, and remembers who ended a session', async () => {
    await using app = await start()
    const [one] = await signedIn(app, 1)
    expect((await one?.get('/admin/sessions/'))?.status).toBe(403)
    const admin = new Browser(app.url, { 'x-admin': 'grace' })
    expect((await admin.get('/admin/sessions/')).status).toBe(200)
    await admin.post('/admin/sessions/', { user: 'ada', session: String((await me(one)).id) })
    expect(await me(one)).toMatchObject({ user: null })
    expect(await historyOf(app)).toEqual([{ endReason: 'admin', endedBy: 'admin:grace' }])
  })
}

function lifeOfASession(start: Start): void {
  test.each([
    '/regenerate-user',
    '/regenerate-all',
  ])('the record lives on through %s, and the old key is dead', async (path) => {
    await using app = await start()
    const [one] = await signedIn(app, 1)
    const { id } = await me(one)
    const old = copyOf(app, one)
    await one?.get(path)
    expect(one?.cookies).not.toEqual(old.cookies)
    expect(await me(one)).toMatchObject({ user: 'ada', id })
    expect(await me(old)).toMatchObject({ user: null, reason: 'rekeyed' })
    expect(await app.sessions.user('ada').list()).toHaveLength(1)
  })

  test('a logout of the app ends the session', async () => {
    await using app = await start()
    const [one] = await signedIn(app, 1)
    await one?.post('/logout')
    expect(await me(one)).toMatchObject({ user: null })
    expect(await historyOf(app)).toEqual([{ endReason: 'user', endedBy: 'ada' }])
  })

  test('signing out by clearing the user ends the session, and the browser may sign in on the same key', async () => {
    await using app = await start()
    const [one] = await signedIn(app, 1)
    const { id } = await me(one)
    await one?.get('/clear')
    expect(await me(one)).toMatchObject({ user: null })
    expect(await historyOf(app)).toEqual([{ endReason: 'user', endedBy: 'ada' }])
    await one?.post('/become?user=ada')
    expect(await me(one)).toMatchObject({ user: 'ada' })
    expect((await me(one)).id).not.toBe(id)
  })

  test('another user on the same key ends the one and records the other', async () => {
    await using app = await start()
    const [one] = await signedIn(app, 1)
    await one?.post('/become?user=bob')
    expect(await me(one)).toMatchObject({ user: 'bob' })
    expect(await historyOf(app)).toEqual([{ endReason: 'switched', endedBy: 'ada' }])
    expect(await app.sessions.user('bob').list()).toHaveLength(1)
  })

  test('recordSignIn records at once, with data, and the save afterwards records nothing more', async () => {
    await using app = await start()
    const one = new Browser(app.url)
    const { body } = await one.json('/recorded-login?user=ada', 'POST', {})
    expect(body).toMatchObject(await me(one).then(({ id }) => ({ id })))
    expect(await app.sessions.user('ada').list()).toMatchObject([{ data: { method: 'password' }, ip: '127.0.0.1' }])
  })
}

function slowRequests(start: Start): void {
  test.each([
    'read',
    'write',
    'save',
    'regenerate-all',
  ])('a session that ends while a request is at work stays ended when that request does: %s', async (doing) => {
    await using app = await start({ layer: { rolling: true } })
    const [one, two] = await signedIn(app, 2)
    const old = copyOf(app, two)
    const slow = two?.get(`/slow/${doing}`)
    await app.barrier.reached()
    await one?.post(PAGE)
    app.barrier.release()
    expect((await slow)?.status).toBe(200)
    for (const browser of [two, old]) expect(await me(browser)).toMatchObject({ user: null })
    expect(await app.sessions.user('ada').list()).toHaveLength(1)
  })

  test('a re-key with a body finds its own request, while another request has the same session', async () => {
    await using app = await start()
    const [one] = await signedIn(app, 1)
    const { id } = await me(one)
    const reading = copyOf(app, one).get('/slow/read')
    await app.barrier.reached()
    const rekeying = one?.json('/slow/regenerate-with-body', 'POST', { text: 'x'.repeat(20_000) })
    await app.barrier.reached(2)
    app.barrier.release()
    expect((await rekeying)?.status).toBe(200)
    await reading
    expect(await me(one)).toMatchObject({ user: 'ada', id })
  })

  test('a logout whose client has gone ends the session all the same, and listeners hear of it', async () => {
    await using app = await start()
    const [one] = await signedIn(app, 1)
    const heard = new Promise((resolve) => app.sessions.on('sessionEnded', ({ ending }) => resolve(ending.reason)))
    const gone = new AbortController()
    const lost = copyOf(app, one).request('/lost/destroy', { signal: gone.signal })
    await app.barrier.reached()
    gone.abort()
    await expect(lost).rejects.toThrow()
    expect(await heard).toBe('user')
    expect(await me(one)).toMatchObject({ user: null })
  })
}

function modes(start: Start): void {
  test('switched off, nothing is recorded and nobody refused; switched on again, the sessions there are adopted', async () => {
    const store = new session.MemoryStore()
    await using off = await start({ store, sessions: { mode: 'off' } })
    const [one] = await signedIn(off, 1)
    expect(await off.sessions.user('ada').list()).toEqual([])
    await using on = await start({ store })
    const started: unknown[] = []
    on.sessions.on('sessionStarted', ({ adopted }) => started.push(adopted))
    const browser = copyOf(on, one)
    expect(await me(browser)).toMatchObject({ user: 'ada' })
    expect(await me(browser)).toMatchObject({ user: 'ada' })
    expect(started).toEqual([true])
    await on.sessions.user('ada').endAll()
    expect(await me(browser)).toMatchObject({ user: null })
  })

  test('observing, an end is counted and nobody refused', async () => {
    const store = new session.MemoryStore()
    // A store that keeps what it is told to destroy: what is left is the refusal alone.
    store.destroy = (_key, done) => void setImmediate(() => done?.())
    await using app = await start({ store, sessions: { mode: 'observe' } })
    const [one] = await signedIn(app, 1)
    await app.sessions.user('ada').endAll()
    expect(await me(one)).toMatchObject({ user: 'ada' })
    expect(app.sessions.refusals).toMatchObject({ app: expect.any(Number) })
  })

  test('with a storage that fails, the app’s store vouches', async () => {
    const log = keptLog()
    const storage = await openStorage('sqlite::memory:', { migrate: true })
    const clock = fakeClock()
    await using app = await start({ sessions: { storage, logger: log, clock: clock.now } })
    const [one] = await signedIn(app, 1)
    await storage.close()
    clock.advance(60_000)
    expect((await one?.get('/read'))?.status).toBe(200)
    expect(await (await one?.get('/me'))?.json()).toMatchObject({ user: 'ada' })
    expect(log.lines.length).toBeGreaterThan(0)
  })
}
