import { createRequire } from 'node:module'
import type { Express, RequestHandler } from 'express'
import { expect, test } from 'vitest'
import { startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'
import { copyOf } from './slow-app.js'

interface Passport {
  serializeUser(serialize: (user: { id: string }, done: (error: unknown, id: string) => void) => void): void
  deserializeUser(deserialize: (id: string, done: (error: unknown, user: { id: string }) => void) => void): void
  session(): RequestHandler
}

interface PassportRequest {
  readonly user?: { readonly id: string }
  login(user: { id: string }, options: object, done: (error?: unknown) => void): void
  logout(options: object, done: (error?: unknown) => void): void
}

const { Passport: makePassport }: { Passport: new () => Passport } = createRequire(import.meta.url)('passport')

function addPassport(app: Express): void {
  const passport = new makePassport()
  passport.serializeUser((user, done) => done(null, user.id))
  passport.deserializeUser((id, done) => done(null, { id }))
  app.use(passport.session())
  const handle =
    (run: (request: PassportRequest, done: (error?: unknown) => void, user: string) => void): RequestHandler =>
    (request, response, next) =>
      run(Object.assign(request), (error) => (error ? next(error) : response.json({})), String(request.params.user))
  const keep = { keepSessionInfo: true }
  app.post(
    '/in/:user',
    handle((request, done, id) => request.login({ id }, {}, done)),
  )
  app.post(
    '/in-keeping/:user',
    handle((request, done, id) => request.login({ id }, keep, done)),
  )
  app.post(
    '/out',
    handle((request, done) => request.logout({}, done)),
  )
  app.post(
    '/out-keeping',
    handle((request, done) => request.logout(keep, done)),
  )
  app.post('/count', (request, response) => {
    request.session.count = (request.session.count ?? 0) + 1
    response.json({ count: request.session.count })
  })
  app.get('/who', (request, response) => {
    const { user }: Pick<PassportRequest, 'user'> = Object.assign(request)
    response.json({ passport: user?.id ?? null, count: request.session.count ?? null })
  })
}

function startPassportApp(): Promise<TestApp> {
  return startApp({ binding: { user: (data) => data.passport?.user }, routes: addPassport })
}

test('a Passport login is recorded at once, and a logout ends it with its reason', async () => {
  await using app = await startPassportApp()
  const ada = new Browser(app.url)
  await ada.request('/in/ada', { method: 'POST' })
  expect(await ada.json('/me')).toMatchObject({ status: 200, body: { user: 'ada' } })
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  const old = copyOf(app, ada)
  await ada.request('/out', { method: 'POST' })
  for (const browser of [ada, old]) {
    expect((await browser.json('/me')).status).toBe(401)
    expect((await browser.json('/who')).body).toMatchObject({ passport: null })
  }
  expect(await app.sessions.user('ada').export()).toMatchObject([{ endReason: 'user' }])
})

test('a Passport session ended from another browser is nobody to Passport, too', async () => {
  await using app = await startPassportApp()
  const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
  for (const browser of [ada, phone]) await browser.request('/in/ada', { method: 'POST' })
  await ada.post('/accounts/sessions/')
  expect((await phone.json('/who')).body).toEqual({ passport: null, count: null })
  expect((await ada.json('/who')).body).toMatchObject({ passport: 'ada' })
})

test.each([
  '/in/',
  '/in-keeping/',
])('a second Passport login of the same user by %s re-keys the record', async (path) => {
  await using app = await startPassportApp()
  const ada = new Browser(app.url)
  await ada.request(`${path}ada`, { method: 'POST' })
  const [first] = await app.sessions.user('ada').list()
  const old = copyOf(app, ada)
  await ada.request(`${path}ada`, { method: 'POST' })
  expect((await ada.json('/me')).status).toBe(200)
  expect((await old.json('/me')).status).toBe(401)
  expect((await app.sessions.user('ada').list()).map(({ id }) => id)).toEqual([first?.id])
})

test.each([
  '/in/',
  '/in-keeping/',
])('a Passport login as another user by %s ends the one and records the other', async (path) => {
  await using app = await startPassportApp()
  const browser = new Browser(app.url)
  await browser.request(`${path}ada`, { method: 'POST' })
  await browser.request(`${path}bob`, { method: 'POST' })
  expect(await browser.json('/me')).toMatchObject({ status: 200, body: { user: 'bob' } })
  expect(await app.sessions.user('ada').list()).toEqual([])
  expect(await app.sessions.user('bob').list()).toHaveLength(1)
})

test('what an anonymous visitor gathered goes along with keepSessionInfo, at login and at logout, and logging in again works', async () => {
  await using app = await startPassportApp()
  const ada = new Browser(app.url)
  await ada.request('/count', { method: 'POST' })
  for (let round = 0; round < 2; round++) {
    await ada.request('/in-keeping/ada', { method: 'POST' })
    expect((await ada.json('/who')).body).toEqual({ passport: 'ada', count: 1 })
    expect((await ada.json('/me')).status).toBe(200)
    await ada.request('/out-keeping', { method: 'POST' })
    expect((await ada.json('/who')).body).toEqual({ passport: null, count: 1 })
    expect((await ada.json('/me')).status).toBe(401)
  }
  expect(await app.sessions.user('ada').export()).toHaveLength(2)
})
