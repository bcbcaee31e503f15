import { AssertionError } from 'node:assert'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { expect, test } from 'vitest'
import {
  assertEndedStaysEnded,
  CannotProveError,
  createTestSessions,
  openApp,
  type ProofOptions,
  proveEndedStaysEnded,
} from '../../../src/testing/index.js'
import { bareShop, cookieShop, guardedShop, signIn } from './apps.js'

const OPTIONS: ProofOptions = { signIn: (client) => signIn(client), protected: '/me', signOut: '/logout' }

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

test('on express-session alone a session that was signed out comes back, and the assertion says so in plain words', async () => {
  const error = await failure(assertEndedStaysEnded(bareShop(), OPTIONS))
  expect(error).toBeInstanceOf(AssertionError)
  expect(String(error)).toContain(`Signed out (POST /logout) while GET /me was under way
  before  GET /me: 200, signed in
  after   GET /me with the old cookie: 200, still signed in
  should  GET /me: 401, as for nobody`)
})

test('with us.session the same app keeps its promise, however the session ends and whatever is under way', async () => {
  await using sessions = await createTestSessions()
  const proof = await assertEndedStaysEnded(guardedShop(sessions), {
    ...OPTIONS,
    slow: ['POST /cart'],
    end: () => sessions.user('ada').endAll(),
    api: '/api/auth/sessions',
  })
  const during = (request: string) => ({
    title: expect.stringContaining(`while ${request} was`),
    ok: true,
    letIn: 'yes',
  })
  const way = (words: string) => ({
    title: words,
    before: '200, signed in',
    after: '401, not signed in',
    ok: true,
  })
  expect(proof).toMatchObject({ ok: true, signedIn: '200', nobody: '401' })
  expect(proof.checks).toMatchObject([
    ...[way('Signed out (POST /logout)'), during('GET /me'), during('POST /cart')],
    ...[way('Ended by the app'), during('GET /me'), during('POST /cart')],
    ...[way('Ended from another session (DELETE /api/auth/sessions)'), during('GET /me'), during('POST /cart')],
  ])
})

test('with the switch off, that app breaks it again', async () => {
  await using sessions = await createTestSessions({ mode: 'off' })
  const { ok } = await proveEndedStaysEnded(guardedShop(sessions), OPTIONS)
  expect(ok).toBe(false)
})

test('a slow request that changes the session brings it back even where resave is off', async () => {
  const { checks } = await proveEndedStaysEnded(bareShop({ resave: false }), { ...OPTIONS, slow: 'POST /cart' })
  expect(checks.map(({ title, ok }) => [title.replace(/.* while (.*) was under way/, '$1'), ok])).toEqual([
    ['Signed out (POST /logout)', true],
    ['GET /me', true],
    ['POST /cart', false],
  ])
})

test('a request that is slow by itself is raced, too', async () => {
  const app = bareShop()
  app.post('/report', async (request, response) => {
    await delay(200)
    response.send(String(request.session.userId))
  })
  const impatient = createServer((request, response) => {
    // No parser takes this for a body to wait for.
    if (request.url === '/report') request.headers['content-type'] = 'application/pdf'
    app(request, response)
  })
  const { checks } = await proveEndedStaysEnded(impatient, { ...OPTIONS, slow: '/report' })
  expect(checks.at(-1)).toMatchObject({ title: expect.stringContaining('POST /report was under way'), ok: false })
})

test('an app whose cookie is the whole session fails without any race', async () => {
  const { ok, checks } = await proveEndedStaysEnded(cookieShop(), OPTIONS)
  expect(ok).toBe(false)
  expect(checks[0]).toMatchObject({ title: 'Signed out (POST /logout)', after: '200, still signed in', ok: false })
})

test('ending from another session fails when it takes that other session along', async () => {
  await using sessions = await createTestSessions()
  sessions.on('sessionEnded', async () => void (await sessions.user('ada').endAll()))
  const { checks } = await proveEndedStaysEnded(guardedShop(sessions), {
    signIn: OPTIONS.signIn,
    protected: '/me',
    api: '/api/auth/sessions',
  })
  expect(checks[0]).toMatchObject({
    after: expect.stringContaining('the session that ended it is gone, too'),
    ok: false,
  })
})

test('where bodies are read before the session, nothing passes for proven; a burst of requests may still refute it', async () => {
  const near = await failure(assertEndedStaysEnded(bareShop({ bodyFirst: true }), OPTIONS))
  if (!(near instanceof AssertionError)) {
    expect(near).toBeInstanceOf(CannotProveError)
    expect(String(near)).toContain('GET /me: its body was read before its session was loaded')
  }
  const distant = await failure(assertEndedStaysEnded(bareShop({ bodyFirst: true, distant: true }), OPTIONS))
  expect(distant).toBeInstanceOf(AssertionError)
  expect(String(distant)).toContain('Signed out (POST /logout) amid 40 times GET /me')
})

test.each<[string, Partial<ProofOptions>, string]>([
  ['a page that is for everybody', { protected: '/login' }, 'that does not tell who is signed in'],
  ['a page that is open', { protected: '/login' }, 'say how to tell with `isSignedIn`'],
  ['a sign-in that is refused', { signIn: (client) => client.post('/login', { user: 'ada' }) }, 'POST /login: 403'],
  ['a sign-in that is not there', { signIn: async () => {} }, 'no request'],
  ['a sign-out that is refused', { signOut: '/nowhere' }, 'POST /nowhere was answered 404'],
  ['an API that is not there', { api: '/api' }, 'GET /api was answered 404'],
  ['a rule that takes everybody for signed in', { isSignedIn: () => true }, 'does not tell who is signed in'],
  ['a rule that takes nobody for signed in', { isSignedIn: () => false }, 'not how it looks when signed in'],
])('%s proves nothing and says why', async (_, change, problem) => {
  const error = await failure(assertEndedStaysEnded(bareShop(), { ...OPTIONS, ...change }))
  expect(error).toBeInstanceOf(CannotProveError)
  expect(String(error)).toContain(problem)
})

test('a slow request that was named and is not slow proves nothing', async () => {
  const app = express()
  app.post('/quick', (_request, response) => void response.send('at once'))
  app.use(bareShop())
  const error = await failure(assertEndedStaysEnded(app, { ...OPTIONS, slow: 'POST /quick' }))
  expect(error).toBeInstanceOf(CannotProveError)
  expect(String(error)).toContain('POST /quick was under way: it was answered at once, without waiting for its body')
})

test('an app that is not there proves nothing', async () => {
  const app = await openApp(bareShop())
  await app.close()
  expect(String(await failure(assertEndedStaysEnded(app.url, OPTIONS)))).toMatch(/CannotProveError.*ECONNREFUSED/)
})

test.each<[string, Partial<Record<keyof ProofOptions, unknown>>]>([
  ['signIn', { signIn: undefined }],
  ['protected', { protected: undefined }],
  ['no path of the app', { protected: 'https://other.example/me' }],
  ['no path of the app', { protected: '//other.example/me' }],
  ['signOut', { signOut: undefined }],
  ["like 'POST /cart'", { slow: 'cart' }],
])('options that make no sense are a TypeError about %s', async (about, change) => {
  const options = { ...OPTIONS, ...change }
  // @ts-expect-error what JavaScript lets through
  const error = await failure(assertEndedStaysEnded(bareShop(), options))
  expect(error).toBeInstanceOf(TypeError)
  expect(String(error)).toContain(about)
})

test('an app that lets in whoever comes to its login is not called broken for that', async () => {
  await using sessions = await createTestSessions()
  const proof = await assertEndedStaysEnded(guardedShop(sessions, { door: 'open' }), OPTIONS)
  expect(proof.checks.map(({ title }) => title)).not.toContainEqual(expect.stringContaining('POST /login'))
  for (const user of ['ada', 'guest']) expect(await sessions.user(user).list()).toEqual([])
})

const { signOut: _, ...WITHOUT_SIGN_OUT } = OPTIONS

test.each<[string, ProofOptions]>([
  ['signing out', OPTIONS],
  ['a sign-out in code', { ...OPTIONS, signOut: (client) => client.post('/logout') }],
  ['the API', { ...WITHOUT_SIGN_OUT, api: '/api/auth/sessions' }],
])('a proof leaves nobody signed in and says who it was, by %s', async (_way, options) => {
  await using sessions = await createTestSessions()
  const agents = new Set<string | null>()
  sessions.on('sessionStarted', ({ session }) => void agents.add(session.userAgent))
  await proveEndedStaysEnded(guardedShop(sessions), { ...options, slow: 'POST /cart' })
  expect([...agents]).toEqual(['usersessions-prove'])
  expect(await sessions.user('ada').list()).toEqual([])
})

test('a proof that fails leaves nobody signed in either', async () => {
  await using sessions = await createTestSessions()
  const error = await failure(proveEndedStaysEnded(guardedShop(sessions), { ...OPTIONS, api: '/api' }))
  expect(error).toBeInstanceOf(CannotProveError)
  expect(await sessions.user('ada').list()).toEqual([])
})

test('an app that runs goes on, and one that was started for the proof is stopped', async () => {
  const server = createServer(bareShop())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await proveEndedStaysEnded(server, OPTIONS)
  expect(server.listening).toBe(true)
  await new Promise((resolve) => server.close(resolve))
  await proveEndedStaysEnded(server, OPTIONS)
  expect(server.listening).toBe(false)
})
