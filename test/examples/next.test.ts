import { sealData } from 'iron-session'
import { expect, test } from 'vitest'
import { Browser } from '../spec/browser.js'
import { Example } from './example.js'
import { story } from './story.js'

const SESSIONS_SECRET = 'a secret of at least 32 characters, for the example'
const ADA = { user: 'ada', password: 'correct horse' }
const PAGE = '/account/sessions'
const API = '/api/auth/sessions'

const ENV = { SESSIONS_SECRET, NEXT_TELEMETRY_DISABLED: '1' }

const start = () => Example.start('next', ENV)

async function signedIn(url: string, headers: Record<string, string> = {}): Promise<Browser> {
  const browser = new Browser(url, headers)
  const { status, headers: answered } = await browser.post('/api/login', ADA)
  expect([status, answered.get('location')]).toEqual([303, '/'])
  return browser
}

story('next', { env: ENV, page: PAGE, signIn: (browser) => browser.post('/api/login', ADA) })

test('two browsers sign in, each sees both, one ends the other, and the other is told why on the login page', async () => {
  await using example = await start()
  const nobody = await new Browser(example.url).get('/')
  expect([nobody.status, nobody.headers.get('location')]).toEqual([307, '/login?next=/'])
  expect(
    (await new Browser(example.url).post('/api/login', { ...ADA, password: 'wrong' })).headers.get('location'),
  ).toBe('/login?problem=1')
  const one = await signedIn(example.url)
  const two = await signedIn(example.url, { 'user-agent': 'okhttp/4.12.0', 'x-forwarded-for': '203.0.113.7' })
  for (const browser of [one, two]) expect(await (await browser.get('/')).text()).toMatch(/Signed in as .*ada/)
  expect((await one.json(API)).body).toMatchObject({
    data: [{ ip: '127.0.0.1', is_current: true }, { ip: '203.0.113.7' }],
  })

  const shown = await one.get(PAGE)
  expect(shown.status).toBe(200)
  expect(await shown.text()).toContain(`action="${PAGE}"`)
  expect((await one.post(PAGE)).headers.get('location')).toMatch(/^\/account\/sessions\?/)
  expect((await two.json(API)).status).toBe(401)
  expect((await two.get('/')).headers.get('location')).toBe('/login?next=/')
  expect(await (await two.get('/login')).text()).toContain('signed out from another of your devices')
  expect((await two.post('/api/login', ADA)).status).toBe(303)
  expect((await two.json(API)).status).toBe(200)
  expect(await example.stop()).toBe(0)
})

test('the API ends a session, the page signs out with the cookie, and a form of another site is refused', async () => {
  await using example = await start()
  const [one, two] = [await signedIn(example.url), await signedIn(example.url)]
  const foreign = { method: 'POST', headers: { origin: 'https://evil.example' }, body: new URLSearchParams() }
  expect((await one.request(PAGE, foreign)).status).toBe(403)
  const { body } = await one.json(API)
  const [, other] = JSON.parse(JSON.stringify(body)).data
  expect((await one.json(API, 'DELETE', { sessions: [other.id] })).status).toBe(200)
  expect((await two.json(API)).status).toBe(401)
  const left = await one.post(PAGE, { action: 'sign-out' })
  expect([left.status, left.headers.get('location')]).toEqual([303, '/login'])
  expect(one.cookies.size).toBe(0)
})

test('a server action signs out, and clears the cookie', async () => {
  await using example = await start()
  const browser = await signedIn(example.url)
  const [, action = ''] = /name="(\$ACTION_ID_\w+)"/.exec(await (await browser.get('/')).text()) ?? []
  const form = new FormData()
  form.set(action, '')
  const left = await browser.request('/', { method: 'POST', body: form })
  expect([left.status, left.headers.get('location')]).toEqual([303, '/login'])
  expect(browser.cookies.size).toBe(0)
})

test('a sealed cookie that no key was issued to is nobody’s', async () => {
  await using example = await start()
  const browser = new Browser(example.url)
  browser.cookies.set('session', encodeURIComponent(await sealData({ userId: 'ada' }, { password: SESSIONS_SECRET })))
  expect((await browser.json(API)).status).toBe(401)
})
