import { expect, test } from 'vitest'
import { forExpress } from '../../src/bindings/express.js'
import { forExpressTokens } from '../../src/bindings/express-tokens.js'
import { forFastify } from '../../src/bindings/fastify.js'
import { forKoa } from '../../src/bindings/koa.js'
import { forNode } from '../../src/bindings/node.js'
import { forNodeTokens } from '../../src/bindings/node-tokens.js'
import { createUserSessions } from '../../src/index.js'
import { SECRET, startApp } from './app.js'
import { Browser } from './browser.js'
import { faultOf } from './fault-of.js'

const MEMORY = { storage: 'memory:', secret: SECRET }
const BINDINGS = [
  ['forExpress', forExpress, 'user', 'app.use(us.session(session, { … }))'],
  ['forExpressTokens', forExpressTokens, 'claims', 'app.use(us.session())'],
  ['forFastify', forFastify, 'user', 'app.register(us.session(fastifySession, { … }))'],
  ['forKoa', forKoa, 'user', 'app.use(us.session(session, { store, … }, app))'],
  ['forNode', forNode, 'user', 'us.session(session, { … })(req, res, next)'],
  ['forNodeTokens', forNodeTokens, 'claims', 'us.session()(req, res, next)'],
] as const

test.each(BINDINGS)('%s without `await` before createUserSessions says to await it', async (name, bind, needed) => {
  const promise = createUserSessions(MEMORY)
  expect(await faultOf(() => Reflect.apply(bind, undefined, [promise, { [needed]: () => 'ada' }]))).toEqual({
    code: 'TypeError',
    message: expect.stringMatching(new RegExp(`^${name} takes .*await createUserSessions.*a promise: await it`)),
  })
  for (const none of [undefined, null, {}]) {
    expect((await faultOf(() => Reflect.apply(bind, undefined, [none, {}]))).message).toMatch(
      /await createUserSessions/,
    )
  }
  await (await promise).close()
})

test.each(BINDINGS)('%s without options names the one it needs', async (name, bind, needed) => {
  await using app = await startApp()
  for (const options of [undefined, null, {}, { [needed]: 'userId' }]) {
    expect(await faultOf(() => Reflect.apply(bind, undefined, [app.sessions, options]))).toEqual({
      code: 'TypeError',
      message: expect.stringContaining(`${name} needs \`${needed}\`: how to read`),
    })
  }
})

test.each(BINDINGS)('%s: a request that it has not seen is told its own way to mount it', async (...row) => {
  const [, bind, needed, howTo] = row
  await using app = await startApp()
  const us: { of(request: object): unknown } = Reflect.apply(bind, undefined, [app.sessions, { [needed]: () => 'ada' }])
  const fault = await faultOf(() => us.of({}))
  expect(fault).toEqual({ code: 'session_middleware_missing', message: expect.stringContaining(`Put \`${howTo}\``) })
  for (const [, , , other] of BINDINGS.filter((one) => one !== row && one[3] !== howTo)) {
    expect(fault.message).not.toContain(other)
  }
})

test('a binding of somebody else’s names us.session alone', async () => {
  await using app = await startApp()
  const engine = { name: 'x', authority: 'records', current: () => undefined } as const
  const binding = app.sessions.bind({ ...engine, detach: async () => 'must-answer', forget: async () => {} })
  expect((await faultOf(() => binding.of({}))).message).toContain('Put `us.session(…)` before')
})

const PAGE_MISTAKES: readonly (readonly [object, string, RegExp])[] = [
  [{ slot: {} }, 'option_unknown', /us\.page has no option 'slot'\. Did you mean 'slots'/],
  [{ loginUrl: '/in' }, 'option_unknown', /us\.page has no option 'loginUrl'/],
  [{ slots: { heder: '' } }, 'option_unknown', /Did you mean 'header'/],
  [{ slots: { header: 5 } }, 'TypeError', /`slots\.header` must be text or a function/],
  [{ slots: 'x' }, 'TypeError', /us\.page slots takes an options object/],
  [{ render: '<p>' }, 'TypeError', /`render` must be a function/],
  [{ messages: null }, 'TypeError', /`messages` must hold texts by language tag/],
  [{ messages: { fr: { titel: 'x' } } }, 'option_unknown', /messages\.fr has no option 'titel'\. Did you mean 'title'/],
  [{ messages: { title: 'x' } }, 'TypeError', /messages\.title takes an options object/],
  [{ messages: { fr: { title: 5 } } }, 'TypeError', /`messages\.fr\.title` must be text/],
  [{ messages: { fr: { ended: 'fin' } } }, 'TypeError', /`messages\.fr\.ended` must be \{ other/],
  [{ csp: { styleSrc: ["'self'"] } }, 'TypeError', /no directive 'styleSrc'.*'style-src'/],
  [{ csp: { 'style-src': "'self'" } }, 'TypeError', /`csp\['style-src'\]` must be an array/],
  [{ csp: { 'style-src': ["'self'; script-src *"] } }, 'TypeError', /`csp\['style-src'\]` must be an array/],
  [{ csp: null }, 'TypeError', /`csp` must hold sources/],
  [{ clearSiteData: ['cookie'] }, 'TypeError', /us\.page: `clearSiteData` must be an array of cache, cookies/],
  [{ clearSiteData: 'cookies' }, 'TypeError', /`clearSiteData` must be an array/],
]

test.each(PAGE_MISTAKES)('us.page(%j) is refused when the app is set up', async (options, code, words) => {
  await using app = await startApp()
  expect(await faultOf(() => Reflect.apply(app.us.page, undefined, [options]))).toEqual({
    code,
    message: expect.stringMatching(words),
  })
})

test('us.page with every option, and with those of absent value, is taken', async () => {
  await using app = await startApp()
  const absent = { slots: { head: undefined }, render: undefined, messages: { fr: { title: undefined } } }
  expect(Reflect.apply(app.us.page, undefined, [absent])).toBeTypeOf('function')
  app.us.page({
    slots: { title: 'x', head: () => 'y' },
    messages: { 'pt-BR': { title: 'x', ended: { other: 'y' } } },
    csp: { 'style-src': ["'self'", 'https://cdn.example'], 'upgrade-insecure-requests': [] },
    clearSiteData: ['cache', 'storage'],
  })
})

test('us.api and us.admin are refused misspelt options, and us.admin one without a rule', async () => {
  await using app = await startApp()
  const { us } = app
  const call = (make: (...given: never[]) => unknown, options?: object) =>
    faultOf(() => Reflect.apply(make, undefined, [options]))
  expect(await call(us.api, { clearSitedata: [] })).toMatchObject({ code: 'option_unknown' })
  expect(await call(us.api, { clearSiteData: 'all' })).toMatchObject({ code: 'TypeError' })
  expect(await call(us.admin, { allow: () => true, allows: 1 })).toMatchObject({ code: 'option_unknown' })
  for (const options of [undefined, {}, { allow: true }]) {
    expect(await call(us.admin, options)).toEqual({
      code: 'TypeError',
      message: expect.stringContaining('us.admin needs `allow`: who may see it'),
    })
  }
})

test('a render that returns no page is told so', async () => {
  const faults: unknown[] = []
  await using app = await startApp({
    routes: (express, us) => {
      express.use('/drawn', Reflect.apply(us.page, undefined, [{ render: () => undefined }]))
      express.use((error: unknown, _request: unknown, response: { sendStatus(code: number): void }, _next: unknown) => {
        faults.push(error)
        response.sendStatus(500)
      })
    },
  })
  const ada = new Browser(app.url)
  await ada.post('/login?user=ada')
  expect((await ada.get('/drawn/sessions/')).status).toBe(500)
  expect(String(faults[0])).toMatch(/TypeError: us\.page: `render` must return .*not undefined/)
})
