import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type AppOptions, startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'

const PATH = '/api/auth/sessions'
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const clock = fakeClock()
const AT = clock.now() / 1000

function startTrackedApp(trackActivity: boolean, options: AppOptions = {}): Promise<TestApp> {
  const sessions = { clock: clock.now, trustedProxies: 1, trackActivity }
  return startApp({ ...options, sessions, session: { cookie: { maxAge: 3_600_000 } } })
}

function chrome(app: TestApp): Browser {
  return new Browser(app.url, { 'user-agent': CHROME, 'x-forwarded-for': '203.0.113.1' })
}

/** The answer's text, with ids in place of which session it is. */
async function answer(app: TestApp, browser: Browser, method = 'GET', body?: unknown) {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await browser.request(PATH, { method, ...init })
  let text = await response.text()
  for (const user of ['ada', 'bob']) {
    const ids = (await app.sessions.user(user).export()).map(({ id }) => id).sort()
    ids.forEach((id, index) => {
      text = text.replaceAll(id, `${user}-${index + 1}`)
    })
  }
  return { status: response.status, type: response.headers.get('content-type'), text }
}

const DEVICE = '"name":null,"device":{"label":"Chrome on Linux","browser":"Chrome","os":"Linux","kind":"desktop"}'

function listed(id: string, isCurrent: boolean, lastSeen = ''): string {
  return `{"id":"${id}","user_agent":"${CHROME}","ip":"203.0.113.1","location":null,"created_at":${AT},${lastSeen}"expires_at":${AT + 3600},"is_current":${isCurrent},${DEVICE}}`
}

async function idOf(app: TestApp, user: string, index: number): Promise<string> {
  return (await app.sessions.user(user).export()).map(({ id }) => id).sort()[index] ?? ''
}

test('parity row 16: GET lists the sessions as in the headless contract, times in unix seconds, without last seen', async () => {
  await using app = await startTrackedApp(false)
  const ada = chrome(app)
  await ada.signIn('ada')
  expect(await answer(app, ada)).toEqual({
    status: 200,
    type: 'application/json; charset=utf-8',
    text: `{"status":200,"data":[${listed('ada-1', true)}]}`,
  })
})

test('parity row 16: with tracking on each session carries last_seen_at, too', async () => {
  await using app = await startTrackedApp(true)
  const ada = chrome(app)
  await ada.signIn('ada')
  expect((await answer(app, ada)).text).toBe(
    `{"status":200,"data":[${listed('ada-1', true, `"last_seen_at":${AT},`)}]}`,
  )
})

test('parity row 16: DELETE of others answers with the new list', async () => {
  await using app = await startTrackedApp(false)
  const [ada, phone] = [chrome(app), chrome(app)]
  for (const browser of [phone, ada]) await browser.signIn('ada')
  const other = (await app.sessions.user('ada').list()).find(({ isCurrent }) => !isCurrent)
  expect(other).toBeDefined()
  const { body } = await ada.json(PATH)
  const text = JSON.stringify(body)
  const phoneId = /"id":"([^"]+)"[^{}]*"is_current":false/.exec(text)?.[1]
  const gone = await answer(app, ada, 'DELETE', { sessions: [phoneId] })
  expect(gone.status).toBe(200)
  expect(gone.text).toMatch(/^\{"status":200,"data":\[\{"id":"ada-\d",[^[\]]*"is_current":true,[^[\]]*\}\]\}$/)
  expect((await phone.json('/me')).status).toBe(401)
})

test('parity row 16: DELETE with the current one among them ends all of them and answers 401 with the flows', async () => {
  await using app = await startTrackedApp(false, { binding: { flows: [{ id: 'login' }, { id: 'signup' }] } })
  const [ada, phone] = [chrome(app), chrome(app)]
  for (const browser of [ada, phone]) await browser.signIn('ada')
  const sessions = [await idOf(app, 'ada', 0), await idOf(app, 'ada', 1)]
  const body = '{"status":401,"data":{"flows":[{"id":"login"},{"id":"signup"}]},"meta":{"is_authenticated":false}}'
  expect(await answer(app, ada, 'DELETE', { sessions })).toMatchObject({ status: 401, text: body })
  for (const browser of [ada, phone]) expect((await browser.json('/me')).status).toBe(401)
  expect(await answer(app, ada)).toMatchObject({ status: 401, text: body })
  expect(await answer(app, ada, 'DELETE', { sessions })).toMatchObject({ status: 401, text: body })
})

test('parity row 16: a foreign id and an unknown id get the same 400, and none of the batch ends', async () => {
  await using app = await startTrackedApp(false)
  const [ada, phone, bob] = [chrome(app), chrome(app), chrome(app)]
  for (const browser of [ada, phone]) await browser.signIn('ada')
  await bob.signIn('bob')
  const own = [await idOf(app, 'ada', 0), await idOf(app, 'ada', 1)]
  const text = '{"status":400,"errors":[{"message":"Session not found.","code":"invalid_choice","param":"sessions"}]}'
  for (const id of [await idOf(app, 'bob', 0), '01900000-0000-7000-8000-000000000000', 'x', '']) {
    expect(await answer(app, ada, 'DELETE', { sessions: [...own, id] })).toMatchObject({ status: 400, text })
  }
  for (const browser of [ada, phone, bob]) expect((await browser.json('/me')).status).toBe(200)
})

test('parity row 16: every answer is one that docs/openapi.yaml allows', async () => {
  const api = parse(await readFile(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8'))
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'openapi', ...api })
  const path = Object.keys(api.paths).find((one) => one.endsWith('sessions')) ?? ''
  const at = (method: string, status: number) =>
    [
      'openapi#/paths',
      path.replaceAll('~', '~0').replaceAll('/', '~1'),
      method.toLowerCase(),
      'responses',
      String(status),
    ].join('/')
  await using app = await startTrackedApp(true)
  const ada = chrome(app)
  const check = async (method: string, body?: unknown) => {
    const { status, text } = await answer(app, ada, method, body)
    const pointer = at(method, status)
    const response = api.paths[path][method.toLowerCase()].responses[status]
    expect(response, `${method} ${status} is documented`).toBeDefined()
    const $ref = response.$ref
      ? `openapi${response.$ref}/content/application~1json/schema`
      : `${pointer}/content/application~1json/schema`
    const validate = ajv.compile({ $ref })
    expect(validate(JSON.parse(text)), `${method} ${status}: ${ajv.errorsText(validate.errors)}`).toBe(true)
  }
  await check('GET')
  await ada.signIn('ada')
  await check('GET')
  await check('DELETE', { sessions: [] })
  await check('DELETE', { sessions: 'x' })
  await check('DELETE', {})
  await check('DELETE', { sessions: ['x'] })
  await check('DELETE', { sessions: Array.from({ length: 101 }, () => 'x') })
  await check('DELETE', { sessions: ['x'.repeat(20_000)] })
  await check('DELETE', { sessions: [await idOf(app, 'ada', 0)] })
})
