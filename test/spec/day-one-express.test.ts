import express, { type Express } from 'express'
import session from 'express-session'
import { expect, test } from 'vitest'
import { forExpress } from '../../src/bindings/express.js'
import { createUserSessions, UserSessionsError } from '../../src/index.js'
import { SECRET, startApp } from './app.js'
import { Browser } from './browser.js'
import { faultOf } from './fault-of.js'
import { keptLog } from './kept-log.js'

const MEMORY = { storage: 'memory:', secret: SECRET }

async function bare(build: (app: Express, us: ReturnType<typeof forExpress<string, Record<string, unknown>>>) => void) {
  const sessions = await createUserSessions(MEMORY)
  const us = forExpress(sessions, { user: (data) => data.userId })
  const app = express()
  build(app, us)
  const caught: unknown[] = []
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    caught.push(error)
    response.status(500).end()
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  return {
    url,
    caught,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
      await sessions.close()
    },
  }
}

const OPTIONS = { secret: SECRET, resave: false, saveUninitialized: false }
const NO_MIDDLEWARE = {
  code: 'session_middleware_missing',
  message: expect.stringContaining('app.use(us.session(session, { … }))'),
}

test('a page, an API and us.of without us.session say that it is missing, and where it goes', async () => {
  await using app = await bare((express, us) => {
    express.use(session(OPTIONS))
    express.use('/accounts', us.page())
    express.use('/api', us.api())
    express.get('/me', (request, response) => void response.json(us.of(request).user))
  })
  for (const path of ['/accounts/sessions/', '/api/sessions', '/me']) {
    expect((await new Browser(app.url).get(path)).status).toBe(500)
    expect(app.caught.splice(0)).toMatchObject([NO_MIDDLEWARE])
  }
})

test('a page mounted before us.session says the same', async () => {
  await using app = await bare((express, us) => {
    express.use('/accounts', us.page())
    express.use(us.session(session, OPTIONS))
  })
  expect((await new Browser(app.url).get('/accounts/sessions/')).status).toBe(500)
  expect(app.caught).toMatchObject([NO_MIDDLEWARE])
})

test('the session middleware of the app itself before us.session is told, because then nothing is guarded', async () => {
  await using app = await bare((express, us) => {
    express.use(session(OPTIONS))
    express.use(us.session(session, OPTIONS))
    express.post('/login', (request, response) => {
      request.session.userId = 'ada'
      response.end()
    })
    express.use('/accounts', us.page())
  })
  const ada = new Browser(app.url)
  await ada.post('/login')
  await ada.get('/accounts/sessions/')
  expect(app.caught[0]).toBeInstanceOf(UserSessionsError)
  expect(app.caught[0]).toMatchObject({ code: 'session_middleware_missing' })
})

test('a body parser before us.session, and us.session twice, are no mistakes', async () => {
  await using app = await bare((express_, us) => {
    express_.use(express.urlencoded({ extended: true }), express.json())
    express_.use(us.session(session, OPTIONS))
    express_.use(us.session(session, OPTIONS))
    express_.post('/login', (request, response) => {
      request.session.userId = 'ada'
      response.end()
    })
    express_.use('/accounts', us.page())
  })
  const ada = new Browser(app.url)
  await ada.post('/login')
  expect((await ada.post('/accounts/sessions/')).headers.get('location')).toContain('n=0')
  expect(app.caught).toEqual([])
})

test('forExpress without user, or with a misspelt option, says what is wanted', async () => {
  const sessions = await createUserSessions(MEMORY)
  const bind = (options: object) => () => Reflect.apply(forExpress, undefined, [sessions, options])
  expect(await faultOf(bind({}))).toEqual({
    code: 'TypeError',
    message: expect.stringContaining('user: (data) => data.userId'),
  })
  expect(await faultOf(bind({ user: 'userId' }))).toMatchObject({ code: 'TypeError' })
  expect(await faultOf(bind({ user: () => 'x', loginURL: '/in' }))).toEqual({
    code: 'option_unknown',
    message: expect.stringContaining("Did you mean 'loginUrl'?"),
  })
  await sessions.close()
})

test('a user option that returns an object is a TypeError that says to return its id', async () => {
  const log = keptLog()
  const user = (data: object): string => Reflect.get(data, 'account')
  await using app = await startApp({
    binding: { user },
    sessions: { logger: log },
    routes: (app) => {
      app.post('/object', (request, response, next) => {
        Reflect.set(request.session, 'account', { id: 1 })
        request.session.save((error: unknown) => (error ? next(error) : response.send('signed in')))
      })
      app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
        response.status(500).send(String(error))
      })
    },
  })
  const answer = await new Browser(app.url).post('/object')
  expect(answer.status).toBe(500)
  expect(await answer.text()).toMatch(
    /TypeError: The 'user' option of forExpress must return the user's id.*\(data\) => data\.user\?\.id/,
  )
})

test('us.session without express-session as its first argument says what goes there', async () => {
  const sessions = await createUserSessions(MEMORY)
  const us = forExpress(sessions, { user: (data) => data.userId })
  const call =
    (...args: readonly unknown[]) =>
    () =>
      Reflect.apply(us.session, us, args)
  const wanted = { code: 'TypeError', message: expect.stringContaining('us.session(session, {') }
  expect(await faultOf(call(OPTIONS))).toEqual(wanted)
  expect(await faultOf(call(undefined, OPTIONS))).toEqual(wanted)
  expect(await faultOf(call(session(OPTIONS), OPTIONS))).toEqual(wanted)
  expect((await faultOf(call(session))).code).toBe('TypeError')
  await sessions.close()
})
