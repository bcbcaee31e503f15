import { text } from 'node:stream/consumers'
import { Controller, Injectable, Module, Post, Req, RequestMethod } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { Test } from '@nestjs/testing'
import type { Request as ExpressRequest } from 'express'
import { describe, expect, test } from 'vitest'
import type { ForExpressTokens } from '../../../src/bindings/express-tokens.js'
import { InjectBinding, UserSessions, UserSessionsModule } from '../../../src/bindings/nest.js'
import { sessionsOf } from '../../../src/bindings/nest-current.js'
import { createUserSessions, type SessionData } from '../../../src/index.js'
import { createTestSessions } from '../../../src/testing/index.js'
import { SECRET } from '../../contract/contract-app.js'
import { Browser } from '../../spec/browser.js'
import { faultOf } from '../../spec/fault-of.js'
import {
  appModule,
  createApp,
  decorate,
  isOpen,
  listen,
  openNest,
  optionsFor,
  PLATFORMS,
  type Platform,
} from './nest-platforms.js'

const HTML = { accept: 'text/html,*/*' }

describe.each(PLATFORMS)('Nest on %s', (platform) => {
  places(platform)
  guards(platform)
  lifeOfAnApp(platform)
})

function places(platform: Platform): void {
  test('page and API are below the app’s prefix, and before a route that takes everything', async () => {
    await using opened = await openNest(platform, undefined, (app) => app.setGlobalPrefix('v1'))
    const browser = new Browser(opened.url)
    await browser.post('/v1/login')
    expect((await browser.json('/v1/api/auth/sessions')).body).toMatchObject({ data: [{ is_current: true }] })
    await new Browser(opened.url).post('/v1/login')
    expect(await (await browser.get('/v1/accounts/sessions/')).text()).toContain('action="/v1/accounts/sessions/"')
    expect((await browser.json('/v1/accounts/other')).body).toEqual({ from: 'the app' })
    expect((await browser.get('/accounts/sessions/')).status).toBe(404)
  })

  test('what the app has excluded from its prefix is not below it', async () => {
    const exclude = ['login', 'accounts/*path', { path: 'api/auth/sessions', method: RequestMethod.ALL }]
    await using opened = await openNest(platform, undefined, (app) => app.setGlobalPrefix('v1', { exclude }))
    const browser = new Browser(opened.url)
    await browser.post('/login')
    expect((await browser.get('/accounts/sessions/')).status).toBe(200)
    expect((await browser.get('/api/auth/sessions')).status).toBe(200)
  })

  test('an app that wants no page has none', async () => {
    await using opened = await openNest(platform, optionsFor(platform, undefined, { api: { path: '' } }))
    const browser = new Browser(opened.url)
    await browser.post('/login')
    expect((await browser.json('/sessions')).body).toMatchObject({ data: [{ is_current: true }] })
    expect((await browser.json('/accounts/sessions/')).body).toEqual({ from: 'the app' })
  })
}

function guards(platform: Platform): void {
  test('the guard sends people to the login page and answers programs 401, also when their session was ended', async () => {
    await using opened = await openNest(platform)
    const sessions = opened.app.get(UserSessions)
    const browser = new Browser(opened.url)
    const told = async () => {
      const program = await browser.json('/secret')
      const person = await browser.get('/secret?a=1', HTML)
      const form = await browser.request('/secret', { method: 'POST', headers: HTML })
      const led = [person, form].map(({ status, headers }) => [status, headers.get('location')])
      return { status: program.status, message: Reflect.get(Object(program.body), 'message'), led }
    }
    const led = [
      [302, '/login?next=%2Fsecret%3Fa%3D1'],
      [303, '/login'],
    ]
    expect(await told()).toEqual({ status: 401, message: 'Nobody is signed in.', led })
    await browser.post('/login')
    expect((await browser.json('/secret')).body).toEqual({ secret: 42 })
    await sessions.user('ada').endAll()
    expect(await told()).toEqual({ status: 401, message: 'This session has ended.', led })
  })

  test('a handler that redirects or fails answers once, and its session is saved', async () => {
    await using opened = await openNest(platform)
    const browser = new Browser(opened.url)
    await browser.post('/login')
    expect((await browser.post('/broken')).status).toBe(500)
    const left = await browser.post('/leave')
    expect([left.status, left.headers.get('location')]).toEqual([303, '/login'])
    expect((await browser.json('/me')).body).toMatchObject({ user: null })
  })

  test('the login page is open though a guard stands before it', async () => {
    await using opened = await openNest(platform)
    expect((await new Browser(opened.url).get('/login?next=%2F', HTML)).status).toBe(200)
  })

  test('a stream of events ends with its session', async () => {
    await using opened = await openNest(platform)
    const browser = new Browser(opened.url)
    await browser.post('/login')
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const { body } = await fetch(`${opened.url}/events`, { headers: { cookie } })
    const all = body && text(body)
    await opened.app.get(UserSessions).user('ada').endAll()
    expect(await all).toContain('data: hello')
  })
}

function lifeOfAnApp(platform: Platform): void {
  test('what the module has opened is closed with the app, what it was given is not', async () => {
    const own = await openNest(platform)
    const opened: UserSessions = own.app.get(UserSessions)
    expect(await isOpen(opened)).toBe(true)
    await own[Symbol.asyncDispose]()
    expect(await isOpen(opened)).toBe(false)

    const given = await createUserSessions({ storage: 'memory:', secret: SECRET })
    const other = await openNest(platform, optionsFor(platform, given))
    expect(other.app.get(UserSessions)).toBe(given)
    await other[Symbol.asyncDispose]()
    expect(await isOpen(given)).toBe(true)
    await given.close()
  })

  test('options may come from what the app injects, and hold a promise', async () => {
    class Config {
      readonly secret = SECRET
    }
    Injectable()(Config)
    class ConfigModule {}
    Module({ providers: [Config], exports: [Config] })(ConfigModule)
    const module = UserSessionsModule.forRootAsync({
      imports: [ConfigModule],
      inject: [Config],
      useFactory: ({ secret }: Config) => optionsFor(platform, createUserSessions({ storage: 'memory:', secret })),
    })
    await using opened = await listen(await createApp(platform, appModule([module])), () => {})
    const browser = new Browser(opened.url)
    await browser.post('/login')
    expect((await browser.json('/me')).body).toMatchObject({ user: 'ada' })
  })

  test('a testing module, which has its platform last, works the same', async () => {
    await using sessions = await createTestSessions()
    const module = appModule([UserSessionsModule.forRoot(optionsFor(platform, sessions))])
    const testing = await Test.createTestingModule({ imports: [module] }).compile()
    const app =
      platform === 'Express' ? testing.createNestApplication() : testing.createNestApplication(new FastifyAdapter())
    await using opened = await listen(app, () => {})
    const [one, two] = [new Browser(opened.url), new Browser(opened.url)]
    for (const browser of [one, two]) await browser.post('/login')
    expect(await sessions.user('ada').list()).toHaveLength(2)
    expect((await one.post('/accounts/sessions/')).status).toBe(303)
    expect((await two.json('/me')).body).toEqual({ user: null, id: null, reason: 'other-session' })
  })

  test('a context without HTTP has the sessions', async () => {
    const module = appModule([UserSessionsModule.forRoot(optionsFor(platform))])
    const context = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false })
    const sessions: UserSessions = context.get(UserSessions)
    expect(await isOpen(sessions)).toBe(true)
    await context.close()
    expect(await isOpen(sessions)).toBe(false)
  })

  test('options for the other platform are refused in words', async () => {
    const other = platform === 'Express' ? 'Fastify' : 'Express'
    const wanted =
      platform === 'Express' ? /on express: .*`library: session`/ : /platform-fastify: .*`cookie: fastifyCookie`/
    const module = appModule([UserSessionsModule.forRoot(optionsFor(other))])
    await expect(createApp(platform, module)).rejects.toThrow(wanted)
  })
}

test('on Express, what the app puts on it by itself comes after the session, wherever it is written', async () => {
  const seen: unknown[] = []
  await using opened = await openNest('Express', undefined, (app) =>
    app.use((request: { session?: { userId?: string } }, _response: unknown, next: () => void) => {
      seen.push(request.session?.userId ?? null)
      next()
    }),
  )
  const browser = new Browser(opened.url)
  await browser.post('/login')
  await browser.get('/me')
  expect(seen).toEqual([null, 'ada'])
})

test('tokens are told by `claims`; the binding itself can be injected, to issue them', async () => {
  const module = UserSessionsModule.forRoot({
    sessions: { storage: 'memory:', secret: SECRET },
    claims: (request) => {
      const [key, user] = (request.get('authorization') ?? '').split(' ')
      return key && user ? { key, user } : undefined
    },
    api: '/api/auth',
  })
  class Tokens {
    constructor(readonly us: ForExpressTokens<string, SessionData>) {}

    async issue(request: ExpressRequest): Promise<object> {
      const { key } = await this.us.of(request).issue('ada')
      return { key }
    }
  }
  InjectBinding()(Tokens, undefined, 0)
  decorate(Tokens, 'issue', [Post('issue')])
  Req()(Tokens.prototype, 'issue', 0)
  Controller()(Tokens)
  class AppModule {}
  Module({ imports: [module], controllers: [Tokens] })(AppModule)
  await using opened = await listen(await createApp('Express', AppModule), () => {})
  const { body } = await new Browser(opened.url).json('/issue', 'POST')
  const client = new Browser(opened.url, { authorization: `${Reflect.get(Object(body), 'key')} ada` })
  expect((await client.json('/api/auth/sessions')).body).toMatchObject({ data: [{ is_current: true }] })
  await opened.app.get(UserSessions).user('ada').endAll()
  expect((await client.json('/api/auth/sessions')).status).toBe(401)
})

test('GraphQL has the request in its context', () => {
  const sessions = { user: 'ada' }
  const context = new ExecutionContextHost([undefined, {}, { req: { userSessions: sessions } }, undefined])
  context.setType('graphql')
  expect(sessionsOf(context)).toBe(sessions)
})

test.each([
  ['http', [{}]],
  ['graphql', [undefined, {}, {}, undefined]],
  ['ws', [{}, 'data']],
])('an app without the module, or a context of no request, is told so: %s', async (type, args) => {
  const context = new ExecutionContextHost(args)
  context.setType(type)
  expect(await faultOf(() => sessionsOf(context))).toEqual({
    code: 'session_middleware_missing',
    message: expect.stringContaining('import `UserSessionsModule.forRoot({ … })`'),
  })
})

test.each([
  [{ sessions: { storage: 'memory:', secret: SECRET }, user: () => 'ada' }, /needs `library`/],
  [{ ...optionsFor('Express'), user: undefined }, /needs `user`/],
  [{ ...optionsFor('Express'), pages: '/accounts' }, /pages/],
  [{ ...optionsFor('Express'), sessions: { storage: 'memory:' } }, /secret/],
  [{ ...optionsFor('Express'), page: { path: '/accounts', colour: 'red' } }, /colour/],
  [undefined, /needs its options/],
])('options that cannot be right are refused in words (%#)', async (options, wanted) => {
  const start = async () =>
    createApp('Express', appModule([Reflect.apply(UserSessionsModule.forRoot, undefined, [options])]))
  await expect(start()).rejects.toThrow(wanted)
})
