import { createGunzip, gzipSync } from 'node:zlib'
import cookie from '@fastify/cookie'
import fastifySession, { type FastifySessionOptions } from '@fastify/session'
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { expect, test } from 'vitest'
import { forFastify } from '../../../src/bindings/fastify.js'
import { createUserSessions } from '../../../src/index.js'
import { SECRET } from '../../contract/contract-app.js'
import { fakeClock } from '../../spec/fake-clock.js'

declare module 'fastify' {
  interface Session {
    userId?: string
  }
}

interface Setup {
  readonly server?: FastifyServerOptions
  readonly session?: Partial<FastifySessionOptions>
  readonly before?: (app: FastifyInstance) => void
}

/** Asked through `inject`, as Fastify's users do in tests. */
async function openApp({ server = {}, session = {}, before }: Setup = {}) {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, clock: fakeClock(Date.now()).now })
  const us = forFastify(sessions, { user: (data) => data.userId })
  const app = fastify(server)
  before?.(app)
  await app.register(cookie)
  const options = { secret: SECRET, cookie: { secure: false }, saveUninitialized: false, ...session }
  await app.register(us.session(fastifySession, options))
  await app.register(us.page(), { prefix: '/accounts' })
  await app.register(us.api(), { prefix: '/api/auth' })
  app.post('/login', async (request) => {
    request.session.userId = 'ada'
    return { user: request.userSessions.user ?? null }
  })
  app.get('/me', async ({ userSessions: { user, ended } }) => ({ user: user ?? null, reason: ended?.reason ?? null }))
  const signIn = async (cookies = {}): Promise<Record<string, string>> => {
    const response = await app.inject({ method: 'POST', url: '/login', cookies })
    return Object.fromEntries(response.cookies.map(({ name, value }) => [name, value]))
  }
  const close = async () => {
    await app.close()
    await sessions.close()
  }
  return { app, us, sessions, signIn, [Symbol.asyncDispose]: close }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

test('the whole of it can be asked through inject', async () => {
  await using opened = await openApp()
  const { app, signIn, sessions } = opened
  const cookies = await signIn()
  expect((await app.inject({ url: '/api/auth/sessions', cookies })).json()).toMatchObject({
    data: [{ is_current: true }],
  })
  const [{ id } = { id: '' }] = await sessions.user('ada').list()
  await signIn()
  const payload = { sessions: (await sessions.user('ada').list()).map((one) => one.id).filter((one) => one !== id) }
  const left = await app.inject({ method: 'DELETE', url: '/api/auth/sessions', cookies, payload })
  expect(left.json()).toMatchObject({ data: [{ id }] })
  expect((await app.inject({ url: '/accounts/sessions/', cookies })).statusCode).toBe(200)
})

test('where trailing slashes are ignored, page and API are there once', async () => {
  await using opened = await openApp({ server: { routerOptions: { ignoreTrailingSlash: true } } })
  const { app, signIn } = opened
  const cookies = await signIn()
  expect((await app.inject({ url: '/accounts/sessions', cookies })).headers.location).toBe('/accounts/sessions/')
  expect((await app.inject({ url: '/accounts/sessions/', cookies })).statusCode).toBe(200)
  expect((await app.inject({ url: '/api/auth/sessions/', cookies })).statusCode).toBe(404)
})

test('the app’s own parsers do not see the bodies of page and API', async () => {
  const before = (app: FastifyInstance) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('application/json', (_request, _payload, done) => done(new Error('a parser of the app')))
  }
  await using opened = await openApp({ before })
  const { app, signIn } = opened
  const cookies = await signIn()
  const payload = { sessions: ['01900000-0000-7000-8000-000000000000'] }
  const refused = await app.inject({ method: 'DELETE', url: '/api/auth/sessions', cookies, payload })
  expect(refused.json()).toMatchObject({ errors: [{ code: 'invalid_choice' }] })
})

test('a body that the app unpacks on the way is read unpacked', async () => {
  const before = (app: FastifyInstance) =>
    void app.addHook('preParsing', async (request, _reply, payload) =>
      request.headers['content-encoding'] === 'gzip' ? payload.pipe(createGunzip()) : payload,
    )
  await using opened = await openApp({ before })
  const { app, signIn, sessions } = opened
  const cookies = await signIn()
  const headers = { ...FORM, 'content-encoding': 'gzip' }
  const request = { method: 'POST', url: '/accounts/sessions/', cookies, headers } as const
  expect((await app.inject({ ...request, payload: gzipSync('action=sign-out') })).headers.location).toBe('/login')
  expect(await sessions.user('ada').list()).toEqual([])
})

test('a session that the library finds expired ends as expired, and a sign-in on its cookie is a new one', async () => {
  await using opened = await openApp({ session: { cookie: { secure: false, maxAge: 30 } } })
  const { signIn, sessions } = opened
  const cookies = await signIn()
  const [before] = await sessions.user('ada').list()
  await new Promise((resolve) => setTimeout(resolve, 40))
  await signIn(cookies)
  const history = await sessions.user('ada').history()
  expect(history.filter(({ endedAt }) => endedAt).map(({ id, endReason }) => [id, endReason])).toEqual([
    [before?.id, 'expired'],
  ])
  expect((await sessions.user('ada').list()).map(({ id }) => id)).not.toContain(before?.id)
})

test('with saveUninitialized, an ended browser is told once and gets a fresh session', async () => {
  await using opened = await openApp({ session: { saveUninitialized: true } })
  const { app, signIn, sessions } = opened
  const cookies = await signIn()
  await sessions.user('ada').endAll()
  const told = await app.inject({ url: '/me', cookies })
  expect(told.json()).toEqual({ user: null, reason: 'app' })
  expect(told.cookies).toMatchObject([{ name: 'sessionId', value: expect.stringMatching(/./) }])
})

test('a cookie prefix and another cookie name are the library’s affair', async () => {
  await using opened = await openApp({ session: { cookieName: 'sid', cookiePrefix: 's:' } })
  const { app, signIn, sessions } = opened
  const other = await signIn()
  await sessions.user('ada').endAll()
  const cookies = await signIn()
  expect((await app.inject({ url: '/me', cookies })).json()).toEqual({ user: 'ada', reason: null })
  const ended = await app.inject({ url: '/me', cookies: other })
  expect([ended.json(), ended.cookies]).toEqual([{ user: null, reason: 'app' }, []])
  const payload = 'action=sign-out'
  const left = await app.inject({ method: 'POST', url: '/accounts/sessions/', cookies, headers: FORM, payload })
  expect(left.cookies).toMatchObject([{ name: 'sid', value: '' }])
  expect(await sessions.user('ada').list()).toEqual([])
})

test('what is set up wrongly says so', async () => {
  await using opened = await openApp()
  const { sessions, us } = opened
  expect(() => Reflect.apply(forFastify, undefined, [sessions, {}])).toThrow(/needs `user`/)
  expect(() => Reflect.apply(forFastify, undefined, [sessions, { user: () => 'a', loginURL: '/' }])).toThrow(/loginURL/)
  expect(() => Reflect.apply(us.session, undefined, [{ secret: SECRET }])).toThrow(
    /takes @fastify\/session itself first/,
  )
  const other = Object.assign(() => {}, { MemoryStore: class {} })
  expect(() => Reflect.apply(us.session, undefined, [() => {}, { secret: SECRET }])).toThrow(/needs a `store`/)
  expect(() => Reflect.apply(us.session, undefined, [other, { secret: SECRET }])).toThrow(/needs a `store`/)
  expect(() => Reflect.apply(us.session, undefined, [fastifySession])).toThrow(/fastifySession, \{ secret/)
  expect(() => Reflect.apply(us.admin, undefined, [{}])).toThrow(/us\.admin needs `allow`/)
  await using bare = fastify()
  await bare.register(us.page(), { prefix: '/accounts' })
  const response = await bare.inject('/accounts/sessions/')
  expect([response.statusCode, response.body]).toEqual([
    500,
    expect.stringContaining('app.register(us.session(fastifySession'),
  ])
  expect(response.body).not.toContain('app.use')
})
