import type { ErrorRequestHandler, Request } from 'express'
import { expect, test } from 'vitest'
import { forExpressTokens } from '../../src/bindings/express-tokens.js'
import type { RequestSessions } from '../../src/index.js'
import { type AppOptions, startApp } from './app.js'
import { Browser } from './browser.js'
import { faultOf } from './fault-of.js'
import { keptLog } from './kept-log.js'

const asText: ErrorRequestHandler = (error, _request, response, _next) => void response.status(500).send(String(error))

/** As a developer without types would call it. */
function call(on: object, name: string, ...given: readonly unknown[]) {
  return faultOf(() => Reflect.apply(Reflect.get(on, name), on, given))
}

const CALLS: readonly (readonly [string, readonly unknown[], string, RegExp])[] = [
  ['history', [{ since: 5 }], 'TypeError', /history: `since` must be a Date/],
  ['history', [{ since: new Date(Number.NaN) }], 'TypeError', /`since` must be a Date/],
  ['history', [{ limit: '5' }], 'option_invalid', /'limit' must be a whole number/],
  ['history', [{ sinse: new Date(0) }], 'option_unknown', /Did you mean 'since'/],
  ['update', ['an id', { nme: 'x' }], 'option_unknown', /Did you mean 'name'/],
  ['update', ['an id'], 'TypeError', /update takes an options object/],
  ['endAll', [{ resaon: 'app' }], 'option_unknown', /Did you mean 'reason'/],
  ['endAll', [{ reason: 'because' }], 'TypeError', /no reason 'because'\. Reasons are: user, /],
  ['endAll', [{ reason: 'purged' }], 'TypeError', /no reason 'purged'/],
  ['endAll', [{ reason: 'rekeyed' }], 'TypeError', /no reason 'rekeyed'/],
  ['endAll', [{ by: 5 }], 'TypeError', /`by` must be text or null/],
  ['endAll', ['ada'], 'TypeError', /endAll takes an options object/],
  ['end', [[], { reason: 'because' }], 'TypeError', /end: there is no reason 'because'/],
  ['block', [{ reason: 'app' }], 'option_unknown', /block has no option 'reason'/],
]

test.each(
  CALLS,
)('user(id).%s(%j) is an error that says how to mend it, and does nothing', async (name, given, code, words) => {
  await using app = await startApp()
  const ada = new Browser(app.url)
  await ada.post('/login?user=ada')
  const handle = app.sessions.user('ada')
  expect(await call(handle, name, ...given)).toEqual({ code, message: expect.stringMatching(words) })
  expect([await handle.list(), await handle.isBlocked()]).toEqual([[expect.anything()], false])
})

const EVERYONE: readonly (readonly [string, readonly unknown[], string, RegExp])[] = [
  ['search', ['ada'], 'TypeError', /search takes an options object/],
  ['search', [{ txt: 'ada' }], 'option_unknown', /Did you mean 'text'/],
  ['search', [{ text: 5 }], 'TypeError', /search: `text` must be text/],
  ['search', [{ after: 5 }], 'TypeError', /search: `after` must be text/],
  ['search', [{ limit: 0 }], 'option_invalid', /'limit' must be a whole number of at least 1/],
  ['end', [{ reason: 'because' }], 'TypeError', /everyone\.end: there is no reason 'because'/],
  ['end', [{ resaon: 'app' }], 'option_unknown', /Did you mean 'reason'/],
  ['purge', [{ dryrun: true }], 'option_unknown', /Did you mean 'dryRun'/],
]

test.each(EVERYONE)('everyone.%s(%j) is an error that says how to mend it', async (name, given, code, words) => {
  await using app = await startApp()
  expect(await call(app.sessions.everyone, name, ...given)).toEqual({ code, message: expect.stringMatching(words) })
})

test('search answers the latest fifty unless it is told how many', async () => {
  await using app = await startApp()
  const ada = new Browser(app.url)
  for (let n = 0; n < 52; n++) await ada.post('/login?user=ada')
  const { everyone } = app.sessions
  const found = async (query?: { text?: string; limit?: number }) => (await everyone.search(query)).length
  expect(await Promise.all([found(), found({ text: 'ada' }), found({ limit: 51 })])).toEqual([50, 50, 51])
})

/** An app in whose `/try` a request's own sessions are put to use. */
function trying(run: (mine: RequestSessions, request: Request) => Promise<unknown>, options: AppOptions = {}) {
  return startApp({
    ...options,
    routes: (app, us) => {
      app.post('/try', async (request, response) => {
        response.send(JSON.stringify((await run(us.of(request), request)) ?? 'nothing'))
      })
      app.use(asText)
    },
  })
}

test('recordSignIn of a user whom the session does not carry is refused, whoever it carries', async () => {
  await using app = await trying((mine) => mine.recordSignIn('bob'))
  const words = (reads: string) =>
    new RegExp(`TypeError: recordSignIn\\('bob'\\), but \`user\` reads ${reads} from this session: set it first`)
  const bob = new Browser(app.url)
  expect(await (await bob.post('/try')).text()).toMatch(words('undefined'))
  await bob.post('/login?user=ada')
  expect(await (await bob.post('/try')).text()).toMatch(words("'ada'"))
  const live = await Promise.all(['ada', 'bob'].map((user) => app.sessions.user(user).list()))
  expect(live.map(({ length }) => length)).toEqual([1, 0])
  expect(await app.sessions.user('bob').history()).toEqual([])
})

test('recordSignIn and a `user` option that reads another place are told of it', async () => {
  const binding = { user: (data: object) => Reflect.get(data, 'account') }
  await using app = await trying(
    (mine, { session }) => {
      session.userId = 'bob'
      return mine.recordSignIn('bob')
    },
    { binding },
  )
  expect(await (await new Browser(app.url).post('/try')).text()).toMatch(/or mend the binding's `user`/)
})

test('a `user` option that is asynchronous is told to answer at once', async () => {
  const untyped: object = { user: async () => 'ada' }
  const user = Reflect.get(untyped, 'user')
  const run = async (_mine: unknown, { session }: Request) => {
    session.userId = 'ada'
  }
  await using app = await trying(run, { binding: { user }, sessions: { logger: keptLog() } })
  const answer = await new Browser(app.url).post('/try')
  expect([answer.status, await answer.text()]).toEqual([
    500,
    expect.stringMatching(/'user' option of forExpress returned a promise: `user` must answer at once/),
  ])
})

const LIFETIMES = [0, -1, 0.5, '1h', '3600000', Number.NaN, null, Number.POSITIVE_INFINITY]

test('a lifetime that is no whole number of milliseconds is refused by name, for issue and for renew', async () => {
  await using app = await trying(async (mine) => {
    const faults = []
    for (const lifetime of LIFETIMES) {
      faults.push(await call(mine, 'issue', 'ada', { lifetime }), await call(mine, 'renew', { lifetime }))
    }
    const others = [
      await call(mine, 'renew'),
      await call(mine, 'renew', {}),
      await call(mine, 'issue', 'ada', { ttl: 1 }),
    ]
    return { faults, others: others.map(({ code }) => code) }
  })
  const { faults, others } = JSON.parse(await (await new Browser(app.url).post('/try')).text())
  expect(faults).toHaveLength(2 * LIFETIMES.length)
  for (const fault of faults) {
    expect(fault).toEqual({
      code: 'option_invalid',
      message: expect.stringContaining("'lifetime' must be a whole number"),
    })
  }
  expect(others).toEqual(['TypeError', 'option_invalid', 'option_unknown'])
  expect(await app.sessions.user('ada').list()).toEqual([])
})

test('after close, page, API and tokens answer 503, and the error says to stop taking requests first', async () => {
  await using app = await startApp({
    routes: (express, us, sessions) => {
      const tokens = forExpressTokens(sessions, { claims: () => ({ key: 'us1_key', user: 'ada' }) })
      express.use('/mobile', tokens.session(), (_request, response) => void response.send('let in'))
      express.get('/list', async (request, response) => void response.json(await us.of(request).list()))
      express.use(asText)
    },
  })
  const ada = new Browser(app.url)
  await ada.post('/login?user=ada')
  await app.sessions.close()
  for (const path of ['/accounts/sessions/', '/api/auth/sessions', '/mobile']) {
    const answer = await ada.get(path)
    expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '5'])
  }
  expect(await (await ada.get('/list')).text()).toMatch(/sessions\.close\(\) was called\. Stop taking requests first/)
})
