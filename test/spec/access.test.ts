import session from 'express-session'
import { expect, test } from 'vitest'
import { startSink } from '../unit/notices/smtp-sink.js'
import { startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'
import { keptLog } from './kept-log.js'

const API = '/api/auth/sessions'
const PAGE = '/accounts/sessions/'
const ADMIN = '/admin/sessions/'
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'content-type': 'application/json' }

function startAdminApp(): Promise<TestApp> {
  return startApp({ routes: (app, us) => app.use('/admin', us.admin({ allow: () => 'grace' })) })
}

async function twice(app: TestApp) {
  const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
  await phone.signIn('ada')
  const [other] = await app.sessions.user('ada').list()
  await ada.signIn('ada')
  return { ada, phone, id: other?.id ?? '' }
}

const CROSS_SITE: readonly (readonly [string, Record<string, string>])[] = [
  ['a form of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['a form of a sibling host', { 'sec-fetch-site': 'same-site', origin: 'https://sub.app.example' }],
  ['an older browser that only sends Origin', { origin: 'https://evil.example' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['another port of this host', { origin: 'http://127.0.0.1:1' }],
  ['a site that forges the forwarded host', { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }],
]

test.each(CROSS_SITE)('a change is refused when it comes from %s', async (_name, headers) => {
  await using app = await startAdminApp()
  const { ada, phone, id } = await twice(app)
  const body = JSON.stringify({ sessions: [id] })
  expect((await ada.request(API, { method: 'DELETE', body, headers: { ...JSON_TYPE, ...headers } })).status).toBe(403)
  for (const form of ['', `session=${id}`, 'action=sign-out']) {
    expect((await ada.request(PAGE, { method: 'POST', body: form, headers: { ...FORM, ...headers } })).status).toBe(403)
  }
  const form = `user=ada&session=${id}`
  expect((await ada.request(ADMIN, { method: 'POST', body: form, headers: { ...FORM, ...headers } })).status).toBe(403)
  for (const browser of [ada, phone]) expect((await browser.json('/me')).status).toBe(200)
})

test('JSON sent as text/plain or as a form, as another site could send it, ends nothing', async () => {
  await using app = await startAdminApp()
  const { ada, phone, id } = await twice(app)
  const body = JSON.stringify({ sessions: [id] })
  for (const type of [
    'text/plain',
    'text/plain; application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    '',
  ]) {
    const { status } = await ada.request(API, { method: 'DELETE', body, headers: { 'content-type': type } })
    expect([type, status >= 400 && status < 500]).toEqual([type, true])
  }
  for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json']) {
    const { status } = await ada.request(PAGE, {
      method: 'POST',
      body: `session=${id}`,
      headers: { 'content-type': type },
    })
    expect([type, status >= 400 && status < 500]).toEqual([type, true])
  }
  for (const browser of [ada, phone]) expect((await browser.json('/me')).status).toBe(200)
})

test('a method override in a header, the query or the form is ignored, and no GET changes anything', async () => {
  await using app = await startAdminApp()
  const { ada, phone, id } = await twice(app)
  const body = JSON.stringify({ sessions: [id] })
  const override = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE', 'x-http-method': 'DELETE' }
  expect(
    (await ada.request(`${API}?_method=DELETE`, { method: 'POST', body, headers: { ...JSON_TYPE, ...override } }))
      .status,
  ).toBe(405)
  expect((await ada.get(`${API}?_method=DELETE&sessions=${id}`, override)).status).toBe(200)
  expect(
    (await ada.get(`${PAGE}?session=${id}&action=sign-out&_method=POST`, { 'x-http-method-override': 'POST' })).status,
  ).toBe(200)
  expect((await ada.get(`${ADMIN}?user=ada&session=${id}`)).status).toBe(200)
  for (const browser of [ada, phone]) expect((await browser.json('/me')).status).toBe(200)
})

test('an id alone opens nothing: not as a cookie, not in a header, not in the address', async () => {
  await using app = await startAdminApp()
  const { id } = await twice(app)
  const nobody = new Browser(app.url)
  const attempts: [string, Record<string, string>][] = [
    [`/me?session=${id}&id=${id}`, {}],
    ['/me', { cookie: `connect.sid=${id}` }],
    ['/me', { cookie: `connect.sid=s%3A${id}.${id}` }],
    ['/me', { authorization: `Bearer ${id}`, 'x-session-token': id }],
    [`${API}?session=${id}`, { 'x-session-token': id }],
    [`${API}/${id}`, {}],
  ]
  for (const [path, headers] of attempts) expect([401, 404]).toContain((await nobody.get(path, headers)).status)
  expect(
    (await nobody.request(API, { method: 'DELETE', body: JSON.stringify({ sessions: [id] }), headers: JSON_TYPE }))
      .status,
  ).toBe(401)
  expect((await nobody.post(PAGE, { session: id })).headers.get('location')).toContain('/login?next=')
  expect(await app.sessions.user('ada').list()).toHaveLength(2)
})

test('a session given to a visitor before the login is not theirs after it', async () => {
  await using app = await startApp({
    session: { saveUninitialized: true },
    routes: (app) => app.get('/anonymous', (request, response) => void response.send(request.sessionID)),
  })
  const victim = new Browser(app.url)
  await victim.get('/anonymous')
  const fixed = new Map(victim.cookies)
  await victim.signIn('ada')
  const attacker = new Browser(app.url)
  for (const [name, value] of fixed) attacker.cookies.set(name, value)
  expect((await attacker.json('/me')).status).toBe(401)
  expect((await victim.json('/me')).status).toBe(200)
})

test('the session key and the cookie are in no page, answer, log line, event, mail or address', async () => {
  const sink = await startSink()
  const log = keptLog()
  const store = new session.MemoryStore()
  const seen: string[] = []
  let minted = 0
  await using app = await startApp({
    store,
    session: { genid: () => `CANARY-${++minted}-CANARY`, rolling: false },
    sessions: {
      logger: log,
      trackActivity: true,
      trustedProxies: 1,
      mail: { transport: sink.url, from: 'a@example.com', to: () => 'b@example.com', pageUrl: 'https://app.example/s' },
    },
    routes: (express, us) => express.use('/admin', us.admin({ allow: () => 'grace' })),
  })
  for (const name of ['sessionStarted', 'sessionEnded', 'clientChanged'] as const) {
    app.sessions.on(name, ({ request: _request, ...payload }) => void seen.push(JSON.stringify(payload)))
  }
  // A listener that fails is logged; so is a store that cannot destroy.
  app.sessions.on('sessionEnded', () => Promise.reject(new Error('listener')))
  const headers = { 'x-forwarded-for': '203.0.113.1' }
  const ada = new Browser(app.url, headers)
  await ada.signIn('ada')
  Object.assign(headers, { 'x-forwarded-for': '198.51.100.7' })
  for (const path of ['/me', PAGE, API, ADMIN, `${PAGE}?message=ended`]) {
    const response = await ada.get(path)
    seen.push(await response.text(), ...[...response.headers].filter(([name]) => name !== 'set-cookie').flat())
  }
  const phone = new Browser(app.url)
  await phone.signIn('ada')
  const cookie = decodeURIComponent(ada.cookies.get('connect.sid') ?? '')
  const answer = await phone.post(PAGE)
  seen.push(answer.headers.get('location') ?? '', JSON.stringify(await app.sessions.user('ada').export()))
  const replayed = await ada.get(PAGE)
  seen.push(await replayed.text(), replayed.headers.get('location') ?? '')
  await sink.arrived(1)
  await app.close()
  await sink.close()
  seen.push(...sink.mails.map(({ raw }) => raw), ...log.lines)
  expect(cookie).toContain('CANARY')
  expect(log.lines.join('\n')).toContain('listener')
  expect(sink.mails).toHaveLength(1)
  const signature = cookie.split('.').at(-1) ?? cookie
  for (const text of seen) {
    expect(text).not.toContain('CANARY')
    expect(text).not.toContain(signature)
  }
})

test('a log line cannot be forged by a user agent', async () => {
  const log = keptLog()
  await using app = await startApp({ sessions: { logger: log, trackActivity: true } })
  app.sessions.on('sessionStarted', ({ session: { userAgent } }) => Promise.reject(new Error(`for ${userAgent}`)))
  await new Browser(app.url, { 'user-agent': 'x\x85FATAL\x9b31m' }).signIn('ada')
  await app.sessions.flush()
  expect(log.lines.join('')).toContain('for xFATAL31m')
})
