import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { CookieStore, MemoryStore, type Session, type SessionOptions, sessionMiddleware } from 'hono-sessions'
import { expect, expectTypeOf, test } from 'vitest'
import { forHono, type UserSessionsVariables } from '../../../src/bindings/hono.js'
import { createUserSessions, type RequestSessions, type UserSessionsOptions } from '../../../src/index.js'
import { SECRET } from '../../contract/contract-app.js'
import { listening } from '../../contract/listening.js'
import { Browser } from '../../spec/browser.js'

interface Account {
  userId: string
}

type Env = { Variables: UserSessionsVariables & { session: Session<Account> }; Bindings: HttpBindings }

interface Setup {
  readonly sessions?: Partial<UserSessionsOptions>
  readonly layer?: Partial<SessionOptions>
  readonly before?: (app: Hono<Env>) => void
}

/** Asked through `app.request`, as Hono's users do in tests. */
async function openApp({ sessions: options = {}, layer = {}, before }: Setup = {}) {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, ...options })
  const us = forHono(sessions, { user: (data: Partial<Account>) => data.userId })
  const store = new MemoryStore()
  const app = new Hono<Env>()
  before?.(app)
  app.use(us.session(sessionMiddleware, { store, ...layer }))
  app.route('/accounts', us.page())
  app.route('/api/auth', us.api())
  app.post('/login', (c) => {
    c.var.session.set('userId', 'ada')
    return c.json({ user: c.var.userSessions.user ?? null })
  })
  app.get('/me', (c) => {
    const { user, ended } = c.var.userSessions
    return c.json({ user: user ?? null, reason: ended?.reason ?? null })
  })
  app.onError((error, c) => c.text(error.message, 500))
  const signIn = async () => {
    const response = await app.request('/login', { method: 'POST' })
    return response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';', 1)[0])
      .join('; ')
  }
  return { app, us, store, sessions, signIn, [Symbol.asyncDispose]: () => sessions.close() }
}

const keysOf = (store: MemoryStore) => [...Reflect.get(store, 'data').keys()]

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

test('the whole of it can be asked through app.request, where peers have no address', async () => {
  await using opened = await openApp()
  const { app, signIn, sessions } = opened
  const cookie = await signIn()
  expect(await sessions.user('ada').list()).toMatchObject([{ ip: null }])
  expect(await (await app.request('/api/auth/sessions', { headers: { cookie } })).json()).toMatchObject({
    data: [{ is_current: true }],
  })
  await sessions.user('ada').endAll()
  expect(await (await app.request('/me', { headers: { cookie } })).json()).toEqual({ user: null, reason: 'app' })
})

test('the view of the request is a variable, with the types of the app', async () => {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, userId: Number })
  const us = forHono(sessions, { user: (data: { id?: number }) => data.id })
  const app = new Hono().use(us.session(sessionMiddleware, { store: new MemoryStore() })).get('/', (c) => {
    expectTypeOf(c.var.userSessions.user).toEqualTypeOf<number | undefined>()
    expectTypeOf(c.get('userSessions')).toEqualTypeOf<RequestSessions<number>>()
    return c.json(c.var.userSessions === us.of(c) || c.var.userSessions.user === us.of(c).user)
  })
  expect(await (await app.request('/')).json()).toBe(true)
  await sessions.close()
})

test.each([
  ['parseBody', (c: Context) => c.req.parseBody()],
  ['formData', (c: Context) => c.req.formData()],
  ['text', (c: Context) => c.req.text()],
  ['arrayBuffer', (c: Context) => c.req.arrayBuffer()],
])('a form that the app has read before with c.req.%s is read again', async (_name, read) => {
  const first = async (c: Context, next: () => Promise<void>) => {
    if (c.req.method === 'POST' && c.req.path.startsWith('/accounts')) await read(c)
    await next()
  }
  await using opened = await openApp({ before: (app) => void app.use(first) })
  const { app, signIn, sessions } = opened
  const cookie = await signIn()
  await signIn()
  const listed = Object(await (await app.request('/api/auth/sessions', { headers: { cookie } })).json())
  const body = new URLSearchParams({ session: listed.data[1].id })
  const headers = { cookie, ...FORM }
  expect((await app.request('/accounts/sessions/', { method: 'POST', headers, body: String(body) })).status).toBe(303)
  expect(await sessions.user('ada').list()).toHaveLength(1)
})

test('a body that something read past Hono is no empty one', async () => {
  const first = async (c: Context, next: () => Promise<void>) => {
    await c.req.raw.text()
    await next()
  }
  await using opened = await openApp({ before: (app) => void app.use('/accounts/*', first) })
  const cookie = await opened.signIn()
  const headers = { cookie, ...FORM }
  const response = await opened.app.request('/accounts/sessions/', { method: 'POST', headers, body: 'session=x' })
  expect(response.status).toBe(400)
  expect(await opened.sessions.user('ada').list()).toHaveLength(1)
})

test('a base path, a sub-app and a router that minds no slash keep the links right', async () => {
  await using opened = await openApp()
  const { us, signIn, store } = opened
  const inner = new Hono<Env>().basePath('/v1')
  inner.use(us.session(sessionMiddleware, { store }))
  inner.route('/accounts', us.page())
  const loose = new Hono<Env>({ strict: false })
  loose.route('/app', inner)
  const headers = { cookie: await signIn() }
  const page = await loose.request('/app/v1/accounts/sessions/', { headers })
  expect(await page.text()).toContain('action="/app/v1/accounts/sessions/"')
  const redirected = await loose.request('/app/v1/accounts/sessions', { headers })
  expect(redirected.headers.get('location')).toBe('/app/v1/accounts/sessions/')
})

test('the middleware twice on one way counts once', async () => {
  await using opened = await openApp()
  const { app, us, store, signIn } = opened
  const sub = new Hono<Env>()
  sub.use(us.session(sessionMiddleware, { store }))
  sub.get('/me', (c) => c.json(c.var.userSessions.user))
  app.route('/sub', sub)
  expect(await (await app.request('/sub/me', { headers: { cookie: await signIn() } })).json()).toBe('ada')
})

test('an ended browser that keeps asking leaves no empty sessions in the store, and keeps its cookie', async () => {
  await using opened = await openApp()
  const { app, signIn, sessions, store } = opened
  const cookie = await signIn()
  await sessions.user('ada').endAll()
  for (let round = 0; round < 3; round++) {
    const response = await app.request('/me', { headers: { cookie } })
    expect(response.headers.getSetCookie()).toEqual([])
  }
  expect(keysOf(store)).toEqual([])
})

test('an ended browser that signs in again gets a fresh key, also with a prefix to its cookie', async () => {
  await using opened = await openApp({ layer: { cookieOptions: { prefix: 'host', secure: true } } })
  const { app, signIn, sessions } = opened
  const cookie = await signIn()
  expect(cookie).toMatch(/^__Host-session=/)
  await sessions.user('ada').endAll()
  const response = await app.request('/login', { method: 'POST', headers: { cookie } })
  const [fresh = ''] = response.headers.getSetCookie()
  expect(fresh).toMatch(/^__Host-session=/)
  expect(fresh.startsWith(`${cookie};`)).toBe(false)
  const headers = { cookie: fresh.split(';', 1)[0] ?? '' }
  expect(await (await app.request('/me', { headers })).json()).toEqual({ user: 'ada', reason: null })
})

test('what a handler has changed is not in the store before it is saved', async () => {
  await using opened = await openApp({ layer: { autoExtendExpiration: false } })
  const { app, sessions } = opened
  app.get('/switch', async (c) => {
    c.var.session.set('userId', 'bob')
    const cookie = c.req.header('cookie') ?? ''
    return c.json(await (await app.request('/me', { headers: { cookie } })).json())
  })
  const cookie = await opened.signIn()
  expect(await (await app.request('/switch', { headers: { cookie } })).json()).toMatchObject({ user: 'ada' })
  expect(await sessions.user('bob').list()).toHaveLength(1)
})

/** A stream that says whether its session has ended. */
function addStream(app: Hono<Env>): void {
  app.get('/stream', (c) =>
    streamSSE(c, async (stream) => {
      const { signal } = c.var.userSessions
      await stream.writeSSE({ data: 'begun' })
      if (!signal.aborted) await once(signal, 'abort')
      await stream.writeSSE({ event: 'session-ended', data: String(signal.reason.ending?.reason) })
    }),
  )
}

test('an event stream ends with its session', async () => {
  await using opened = await openApp({ layer: {} })
  const { app, sessions, signIn } = opened
  addStream(app)
  const response = await app.request('/stream', { headers: { cookie: await signIn() } })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader?.read())?.value).toContain('begun')
  await sessions.user('ada').endAll()
  expect((await reader?.read())?.value).toContain('event: session-ended')
  expect((await reader?.read())?.done).toBe(true)
})

test('on Node an event stream ends with its session', async () => {
  await using opened = await openApp()
  const { app, sessions } = opened
  addStream(app)
  const server = await listening(createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1'))
  const browser = new Browser(server.url)
  await browser.post('/login')
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
  const streaming = await fetch(`${server.url}/stream`, { headers: { cookie } })
  const reader = streaming.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader?.read())?.value).toContain('begun')
  await sessions.user('ada').endAll()
  expect((await reader?.read())?.value).toContain('event: session-ended')
  await server.close()
})

test('HTTP/2: the peer is known, and the page works', async () => {
  await using opened = await openApp()
  const server = createHttp2Server(getRequestListener(opened.app.fetch)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect(`http://127.0.0.1:${Reflect.get(Object(server.address()), 'port')}`)
  const ask = async (headers: Record<string, string>) => {
    const stream = client.request(headers)
    const [answer] = await once(stream, 'response')
    let text = ''
    for await (const chunk of stream.setEncoding('utf8')) text += chunk
    return { text, headers: answer }
  }
  const { headers } = await ask({ ':method': 'POST', ':path': '/login' })
  const [cookie = ''] = headers['set-cookie'] ?? []
  const page = await ask({ ':path': '/accounts/sessions/', cookie: cookie.split(';', 1)[0] ?? '' })
  expect(page.text).toContain('127.0.0.1')
  expect(await opened.sessions.user('ada').list()).toMatchObject([{ ip: '127.0.0.1' }])
  client.close()
  await new Promise((resolve) => server.close(resolve))
})

test('the address comes from conninfo, and from a proxy that is trusted', async () => {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, trustedProxies: ['10.0.0.0/8'] })
  const us = forHono(sessions, {
    user: (data) => data.userId,
    conninfo: () => ({ remote: { address: '10.1.2.3' } }),
  })
  const app = new Hono()
  app.use(us.session(sessionMiddleware, { store: new MemoryStore() }))
  app.post('/login', (c: Context) => {
    c.get('session').set('userId', 'ada')
    return c.body(null)
  })
  await app.request('/login', { method: 'POST', headers: { 'x-forwarded-for': '192.0.2.7' } })
  expect(await sessions.user('ada').list()).toMatchObject([{ ip: '192.0.2.7' }])
  await sessions.close()
})

test('without the middleware, or with another before it, the error says what to put where', async () => {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET })
  const us = forHono(sessions, { user: (data) => data.userId })
  const store = new MemoryStore()
  const message = async (app: Hono) => {
    app.onError((error, c) => c.text(error.message, 500))
    app.route('/accounts', us.page())
    return (await app.request('/accounts/sessions/')).text()
  }
  const bare = new Hono()
  expect(await message(bare)).toContain('app.use(us.session(sessionMiddleware, { … }))')
  const wrong = new Hono()
  wrong.use(sessionMiddleware({ store }), us.session(sessionMiddleware, { store }))
  expect(await message(wrong)).toContain('in place of')
  await sessions.close()
})

test('a mistake in the set-up is told at once', async () => {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET })
  const us = forHono(sessions, { user: (data) => data.userId })
  expect(() => Reflect.apply(forHono, undefined, [Promise.resolve(sessions), {}])).toThrow('await it')
  expect(() => Reflect.apply(forHono, undefined, [sessions, {}])).toThrow('needs `user`')
  expect(() => Reflect.apply(forHono, undefined, [sessions, { user: () => 'a', store: 1 }])).toThrow("'store'")
  expect(() => Reflect.apply(us.session, us, [{}])).toThrow('us.session(sessionMiddleware, { store, … })')
  expect(() => Reflect.apply(us.session, us, [sessionMiddleware, {}])).toThrow('with a store')
  expect(() => us.session(sessionMiddleware, { store: new CookieStore() })).toThrow('forHonoTokens')
  us.session(sessionMiddleware, { store: new MemoryStore() })
  expect(() => us.session(sessionMiddleware, { store: new MemoryStore() })).toThrow('another store before')
  expect(() => Reflect.apply(us.admin, us, [{}])).toThrow('us.admin needs `allow`')
  await sessions.close()
})
