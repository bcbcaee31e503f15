import { once } from 'node:events'
import { createServer } from 'node:http'
import http2 from 'node:http2'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Koa from 'koa'
import mount from 'koa-mount'
import koaSession, { type CreateSessionOptions } from 'koa-session'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type ForKoa, forKoa } from '../../../src/bindings/koa.js'
import { closeOnEnd } from '../../../src/bindings/live.js'
import { createUserSessions, type SessionData } from '../../../src/index.js'
import { SECRET } from '../../contract/contract-app.js'
import { listening } from '../../contract/listening.js'
import { Browser } from '../../spec/browser.js'
import { fakeClock } from '../../spec/fake-clock.js'
import { rawRequest } from '../../spec/raw-request.js'

declare module '../../../src/bindings/koa.js' {
  interface SessionFields {
    userId?: string
  }
}

interface Setup {
  readonly session?: Partial<CreateSessionOptions>
  readonly before?: (app: Koa) => void
  readonly after?: (app: Koa, us: ForKoa<string, SessionData>) => void
  readonly App?: typeof Koa
  /** Whether the store can be asked for many keys at once. */
  readonly offersExisting?: boolean
}

type Data = Record<string, unknown>

class MapStore extends Map<string, Data> {
  readonly askedInBulk: number[] = []
  readonly held = {
    get: async (key: string) => structuredClone(this.get(key)),
    set: async (key: string, data: Data) => void this.set(key, structuredClone(data)),
    destroy: async (key: string) => void this.delete(key),
  }

  readonly existing = async (keys: readonly string[]) => {
    this.askedInBulk.push(keys.length)
    return keys.filter((key) => this.has(key))
  }
}

async function openApp({ session = {}, before, after, App = Koa, offersExisting = false }: Setup = {}) {
  const clock = fakeClock(Date.now())
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, clock: clock.now })
  const us = forKoa(sessions, { user: (data) => data.userId })
  const store = new MapStore()
  if (offersExisting) Object.assign(store.held, { existing: store.existing })
  const app = new App()
  app.silent = true
  app.keys = [SECRET]
  before?.(app)
  app.use(us.session(koaSession, { store: store.held, ...session }, app))
  app.use(mount('/accounts', us.page()))
  app.use(mount('/api/auth', us.api()))
  app.use(async (ctx, next) => {
    if (ctx.path === '/login') {
      if (ctx.method === 'POST') ctx.session.userId = 'ada'
      ctx.body = { user: ctx.session.userId ?? null, reason: ctx.userSessions.ended?.reason ?? null }
    } else if (ctx.path === '/me') {
      const { user, ended } = ctx.userSessions
      ctx.body = { user: user ?? null, held: ctx.session?.userId ?? null, reason: ended?.reason ?? null }
    } else return next()
    if (session.autoCommit === false) await ctx.session?.manuallyCommit()
  })
  after?.(app, us)
  const { url, close } = await listening(app.listen(0, '127.0.0.1'))
  const dispose = async () => {
    await close()
    await sessions.close()
  }
  const signIn = async () => {
    const browser = new Browser(url)
    expect((await browser.post('/login')).status).toBe(200)
    return browser
  }
  return { app, us, sessions, clock, store, url, signIn, [Symbol.asyncDispose]: dispose }
}

/** Its types are those of `koa`, which its own name does not lead to. */
const NAME: string = 'koa-2'
const { default: Koa2 }: { default: typeof Koa } = await import(NAME)

const me = async (browser: Browser) => (await browser.json('/me')).body
const HTML = { accept: 'text/html' }

test('with signed cookies, and on Koa 2, a browser ends another and it is told why', async () => {
  for (const App of [Koa, Koa2]) {
    await using opened = await openApp({ App })
    const [one, two] = [await opened.signIn(), await opened.signIn()]
    expect([...one.cookies.keys()].sort()).toEqual(['koa.sess', 'koa.sess.sig'])
    expect((await one.post('/accounts/sessions/')).status).toBe(303)
    expect(await me(two)).toEqual({ user: null, held: null, reason: 'other-session' })
    expect(opened.store.size).toBe(1)
    expect((await one.post('/accounts/sessions/', { action: 'sign-out' })).headers.get('location')).toBe('/login')
    expect([one.cookies.size, opened.store.size]).toEqual([0, 0])
  }
})

test('an app that is mounted shares the session and sees ctx.userSessions', async () => {
  await using opened = await openApp({
    after(app, us) {
      const sub = new Koa()
      sub.use(async (ctx) => {
        ctx.body = { user: ctx.userSessions.user ?? null, path: ctx.path }
      })
      app.use(mount('/sub', mount('/deep', sub)))
      app.use(mount('/deep', mount('/er', us.page())))
    },
  })
  const browser = await opened.signIn()
  expect((await browser.json('/sub/deep/x')).body).toEqual({ user: 'ada', path: '/x' })
  expect((await browser.get('/deep/er/sessions')).headers.get('location')).toBe('/deep/er/sessions/')
  expect(await (await browser.get('/deep/er/sessions/')).text()).toContain('action="/deep/er/sessions/"')
})

test('a prefix may end with a slash, and the host of a whole URL does not get into links', async () => {
  await using opened = await openApp({ after: (app, us) => void app.use(mount('/slash/', us.page())) })
  const browser = await opened.signIn()
  expect(await (await browser.get('/slash/sessions/')).text()).toContain('action="/slash/sessions/"')
  const head = `GET http://evil.example/accounts/sessions/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n`
  const { status, body } = await rawRequest(opened.url, `${head}Cookie: ${cookiesOf(browser)}\r\n\r\n`)
  expect([status, body.includes('action="/accounts/sessions/"'), body.includes('evil.example')]).toEqual([
    200,
    true,
    false,
  ])
})

/** A session that was there before this package, of ada, whom everybody's end has signed out. */
async function refusedOnceLoaded(session: Partial<CreateSessionOptions> = {}) {
  const opened = await openApp({ session: { signed: false, ...session } })
  await opened.sessions.everyone.end({ reason: 'admin' })
  opened.store.set('old', { userId: 'ada', _expire: Date.now() + 60_000, _maxAge: 60_000 })
  const browser = new Browser(opened.url)
  browser.cookies.set('koa.sess', 'old')
  return { ...opened, browser }
}

test.each([
  true,
  false,
])('a session that is refused once it is loaded is answered, autoCommit: %s', async (autoCommit) => {
  for (const [headers, status] of [
    [{}, 401],
    [HTML, 302],
  ] as const) {
    await using opened = await refusedOnceLoaded({ autoCommit })
    const { browser, store } = opened
    expect((await browser.get('/me', headers)).status).toBe(status)
    expect([browser.cookies.size, store.size]).toEqual([0, 0])
    expect(await me(browser)).toEqual({ user: null, held: null, reason: null })
    await browser.post('/login')
    expect(await me(browser)).toMatchObject({ user: 'ada' })
  }
})

test.each([
  true,
  false,
])('on the login page such a session is nobody’s, with its reason, and signs in, autoCommit: %s', async (autoCommit) => {
  for (const method of ['GET', 'POST']) {
    await using opened = await refusedOnceLoaded({ autoCommit })
    const { browser, store } = opened
    const { body, status } = await browser.json('/login', method)
    expect([status, body]).toEqual([200, { user: method === 'POST' ? 'ada' : null, reason: 'admin' }])
    expect(store.has('old')).toBe(false)
    expect(await me(browser)).toMatchObject({ user: method === 'POST' ? 'ada' : null })
  }
})

test('what the library does not take is nobody’s: expired in the store, or refused by the app’s own check', async () => {
  let isValid = true
  await using opened = await openApp({ session: { valid: () => isValid } })
  const { store, signIn } = opened
  const browser = await signIn()
  expect(await me(browser)).toMatchObject({ user: 'ada' })
  isValid = false
  expect(await me(browser)).toEqual({ user: null, held: null, reason: null })
  isValid = true
  expect(await me(browser)).toMatchObject({ user: 'ada' })
  for (const [key, data] of store) store.set(key, { ...data, _expire: Date.now() - 1 })
  expect(await me(browser)).toEqual({ user: null, held: null, reason: null })
  expect(store.size).toBe(1)
})

test('a key that the app carries in its own way is ended like any other', async () => {
  const externalKey = {
    get: (ctx: Koa.Context) => ctx.get('x-session'),
    set: (ctx: Koa.Context, key: string) => ctx.set('x-session', key),
  }
  await using opened = await openApp({ session: { externalKey } })
  const { url, sessions } = opened
  const signedIn = await new Browser(url).post('/login')
  const phone = new Browser(url, { 'x-session': signedIn.headers.get('x-session') ?? '' })
  expect(await me(phone)).toMatchObject({ user: 'ada' })
  expect((await phone.post('/accounts/sessions/', { action: 'sign-out' })).status).toBe(303)
  expect(await me(phone)).toMatchObject({ user: null })
  expect(await sessions.user('ada').list()).toEqual([])
})

test('a cookie for as long as the browser is open lives as long as sessions may', async () => {
  await using opened = await openApp({ session: { maxAge: 'session' } })
  const { signIn, sessions } = opened
  const browser = await signIn()
  const [{ expiresAt } = { expiresAt: new Date(0) }] = await sessions.user('ada').list()
  expect(expiresAt.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000)
  expect(await me(browser)).toMatchObject({ user: 'ada' })
})

test.each([true, false])('a list ends what the store has no more, the store offers `existing`: %s', async (offers) => {
  await using opened = await openApp({ offersExisting: offers })
  const { store, sessions, clock, signIn } = opened
  for (let times = 0; times < 3; times++) await signIn()
  const [gone = '', expired = ''] = store.keys()
  // Younger ones are left alone: their first save may be under way.
  clock.advance(60_000)
  expect(await sessions.user('ada').list()).toHaveLength(3)
  store.delete(gone)
  store.set(expired, { ...store.get(expired), _expire: Date.now() - 1 })
  expect(await sessions.user('ada').list()).toHaveLength(offers ? 2 : 1)
  expect(store.askedInBulk).toEqual(offers ? [3, 3] : [])
})

test('a stream ends with its session', async () => {
  await using opened = await openApp({
    after(app) {
      app.use(async (ctx) => {
        const stream = new Readable({ read() {} })
        stream.push('hello')
        ctx.userSessions.signal.addEventListener('abort', () => stream.push(null))
        ctx.body = stream
      })
    },
  })
  const browser = await opened.signIn()
  const response = await fetch(`${opened.url}/stream`, { headers: { cookie: cookiesOf(browser) } })
  const reader = response.body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('hello')
  await opened.sessions.user('ada').endAll()
  expect((await reader?.read())?.done).toBe(true)
})

test('a WebSocket’s handshake is admitted, or answered', async () => {
  const opened = await openApp()
  const { us, sessions, signIn } = opened
  const server = createServer(opened.app.callback())
  const { url, close } = await listening(server.listen(0, '127.0.0.1'))
  const sockets = new WebSocketServer({ noServer: true })
  const seen: unknown[] = []
  server.on('upgrade', async (request, socket, head) => {
    const visitor = await us.upgrade(request, socket)
    seen.push(visitor?.user)
    if (visitor) sockets.handleUpgrade(request, socket, head, (ws) => closeOnEnd(ws, visitor))
  })
  const open = (headers: Record<string, string>) => new WebSocket(url.replace('http', 'ws'), { headers })
  const cookie = cookiesOf(await signIn())
  const socket = open({ cookie })
  await once(socket, 'open')
  const closed = once(socket, 'close')
  for (const headers of [{}, { cookie, origin: 'https://evil.example' }]) await once(open(headers), 'error')
  await sessions.user('ada').endAll()
  expect((await closed)[0]).toBe(4401)
  await once(open({ cookie }), 'error')
  expect(seen).toEqual(['ada', undefined, undefined, undefined])
  await close()
  await opened[Symbol.asyncDispose]()
})

test('behind a proxy that the app trusts, its own settings hold and ours do', async () => {
  await using opened = await openApp({
    before(app) {
      app.proxy = true
    },
  })
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' }
  const response = await new Browser(opened.url, headers).post('/login')
  expect(response.headers.getSetCookie()[0]).toContain('secure')
  // Whom to trust for the address is said to us, once for all frameworks.
  expect(await opened.sessions.user('ada').list()).toMatchObject([{ ip: '127.0.0.1' }])
})

test('it serves over HTTP/2', async () => {
  await using opened = await openApp()
  const { app, signIn } = opened
  const browser = await signIn()
  const server = http2.createServer(app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const client = http2.connect(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  const ask = async (path: string) => {
    const stream = client.request({ ':path': path, cookie: cookiesOf(browser) })
    const [head] = await once(stream, 'response')
    return { status: head[':status'], body: await text(stream) }
  }
  expect(await ask('/accounts/sessions/')).toMatchObject({ status: 200, body: expect.stringContaining('<html') })
  expect(JSON.parse((await ask('/api/auth/sessions')).body)).toMatchObject({ data: [{ is_current: true }] })
  client.close()
  server.close()
})

test('what is set up wrongly says so', async () => {
  await using opened = await openApp()
  const { sessions, us, store } = opened
  const session = (...given: unknown[]) => Reflect.apply(us.session, undefined, given)
  const app = new Koa()
  expect(() => Reflect.apply(forKoa, undefined, [sessions, { user: () => 'a', loginURL: '/' }])).toThrow(/loginURL/)
  expect(() => session({ store: store.held }, app)).toThrow(/takes koa-session itself first/)
  expect(() => session(koaSession)).toThrow(/takes koa-session itself first/)
  expect(() => session(koaSession, { store: store.held })).toThrow(/takes the app last/)
  expect(() => session(koaSession, {}, app)).toThrow(/no key that could be ended.*docs\/koa\.md/)
  expect(() => session(koaSession, { ContextStore: class {} }, app)).toThrow(/Give `store`/)
  expect(() => Reflect.apply(us.admin, undefined, [{}])).toThrow(/us\.admin needs `allow`/)
  koaSession({ store: store.held }, app)
  expect(() => session(koaSession, { store: store.held }, app)).toThrow(/has koa-session already/)
})

test('what only a request shows to be wrong says so, too', async () => {
  const told: string[] = []
  const serve = async (app: Koa) => {
    app.on('error', (error: Error) => told.push(error.message))
    const { url, close } = await listening(app.listen(0, '127.0.0.1'))
    expect((await new Browser(url).get('/accounts/sessions/')).status).toBe(500)
    await close()
  }
  await using opened = await openApp()
  const { store } = opened
  const bind = () => forKoa(opened.sessions, { user: (data) => data.userId })

  const late = new Koa()
  late.use(mount('/accounts', bind().page()))
  await serve(late)
  const keyless = new Koa()
  keyless.use(bind().session(koaSession, { store: store.held }, keyless))
  await serve(keyless)
  const outer = new Koa()
  const inner = new Koa()
  inner.use(bind().session(koaSession, { store: store.held }, inner))
  outer.use(mount(inner))
  await serve(outer)

  expect(told).toEqual([
    expect.stringContaining('Put `app.use(us.session(session, { store, … }, app))`'),
    expect.stringContaining('app.keys = '),
    expect.stringContaining('given another app'),
  ])
})

test('mounted twice it runs once, and the guarded store serves where no middleware runs', async () => {
  await using opened = await openApp()
  const { us, store, sessions, signIn } = opened
  const browser = await signIn()
  const [key = ''] = store.keys()
  const guarded = us.guard(store.held)
  expect(await guarded.get(key, undefined, {})).toMatchObject({ userId: 'ada' })
  await guarded.destroy(key, {})
  expect(await me(browser)).toMatchObject({ user: null })
  expect(await sessions.user('ada').history()).toMatchObject([{ endReason: 'app' }])
})

function cookiesOf(browser: Browser): string {
  return [...browser.cookies].map((pair) => pair.join('=')).join('; ')
}
