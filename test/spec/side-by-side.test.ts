import { once } from 'node:events'
import express, { type Request } from 'express'
import session from 'express-session'
import { expect, test } from 'vitest'
import { forExpress } from '../../src/bindings/express.js'
import { forExpressTokens } from '../../src/bindings/express-tokens.js'
import { createUserSessions } from '../../src/index.js'
import { listening } from '../contract/listening.js'
import { SECRET } from './app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'

/** A website on express-session and a mobile app on bearer tokens, on every path, in this order or the other. */
async function startBoth(first: 'cookies' | 'tokens') {
  const clock = fakeClock()
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, clock: clock.now })
  const web = forExpress(sessions, { user: (data) => data.userId, loginUrl: '/login' })
  // The signature is taken as verified here: a token is the user and the key.
  const tokenOf = (request: Request) => {
    const [, user, key] = /^Bearer (\w+) (\S+)$/.exec(request.get('authorization') ?? '') ?? []
    return user !== undefined && key !== undefined ? { user, key } : undefined
  }
  const mobile = forExpressTokens(sessions, { claims: tokenOf, loginUrl: '/login' })
  const layers = [web.session(session, { secret: SECRET, resave: false, saveUninitialized: false }), mobile.session()]
  const app = express()
  app.use(first === 'cookies' ? layers : layers.reverse())
  app.use('/accounts', web.page())
  app.use('/web', web.api())
  app.use('/api/auth', mobile.api())
  app.post('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error)
      request.session.userId = 'ada'
      response.json({})
    })
  })
  app.post('/token', async (request, response) => {
    const user = String(request.query.user ?? 'ada')
    const { key } = await mobile.of(request).issue(user)
    response.json({ token: `${user} ${key}` })
  })
  // What an app does that asks nobody but its own token.
  app.get('/feed', (request, response) => void response.json({ user: tokenOf(request)?.user ?? null }))
  app.get('/me', (request, response) => {
    const { user, ended } = web.of(request)
    response.status(user === undefined ? 401 : 200).json({ user: user ?? null, reason: ended?.reason ?? null })
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { url, close } = await listening(server)
  const dispose = async () => {
    await close()
    await sessions.close()
  }
  return { url, sessions, clock, [Symbol.asyncDispose]: dispose }
}

async function signInBoth(url: string) {
  const browser = new Browser(url)
  await browser.json('/login', 'POST')
  const { body } = await new Browser(url).json('/token', 'POST')
  const authorization = `Bearer ${String(Reflect.get(Object(body), 'token'))}`
  return { browser, phone: new Browser(url, { authorization }), authorization }
}

test.each(['cookies', 'tokens'] as const)('cookie sessions and tokens live side by side, %s first', async (first) => {
  await using app = await startBoth(first)
  const { browser, phone } = await signInBoth(app.url)
  // Past the grace of a fresh sign-in: what no store knew would be ended now.
  app.clock.advance(60_000)
  const both = { data: [{ is_current: true }, { is_current: false }] }
  expect((await browser.json('/web/sessions')).body).toMatchObject(both)
  expect((await phone.json('/api/auth/sessions')).body).toMatchObject(both)
  await app.sessions.flush()
  expect(await app.sessions.user('ada').list()).toHaveLength(2)

  expect((await browser.post('/accounts/sessions/')).status).toBe(303)
  expect((await phone.get('/feed')).status).toBe(401)
  expect((await browser.get('/me')).status).toBe(200)

  const { phone: next } = await signInBoth(app.url)
  const { body } = await next.json('/api/auth/sessions')
  const others = Object(body).data.flatMap((one: { is_current: boolean; id: string }) => (one.is_current ? [] : one.id))
  expect((await next.json('/api/auth/sessions', 'DELETE', { sessions: others })).status).toBe(200)
  expect((await browser.json('/me')).body).toEqual({ user: null, reason: 'other-session' })
  expect((await next.get('/feed')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test.each([
  'cookies',
  'tokens',
] as const)('a request with both is refused when its token has ended, %s first', async (first) => {
  await using app = await startBoth(first)
  const { browser, phone, authorization } = await signInBoth(app.url)
  const { body } = await phone.json('/api/auth/sessions')
  const [own] = Object(body).data
  await app.sessions.user('ada').end([own.id])
  expect((await browser.get('/feed', { authorization })).status).toBe(401)
  expect((await browser.get('/me')).status).toBe(200)
})

test.each(['cookies', 'tokens'] as const)('neither kind speaks for the other’s user, %s first', async (first) => {
  await using app = await startBoth(first)
  const { browser } = await signInBoth(app.url)
  const { body } = await new Browser(app.url).json('/token?user=bob', 'POST')
  const authorization = `Bearer ${String(Reflect.get(Object(body), 'token'))}`
  const both = { authorization }
  expect(await (await browser.get('/me', both)).json()).toMatchObject({ user: 'ada' })
  const users = async (path: string) => Object(await (await browser.get(path, both)).json()).data.length
  expect(await users('/web/sessions')).toBe(2)
  expect(await users('/api/auth/sessions')).toBe(1)
})
