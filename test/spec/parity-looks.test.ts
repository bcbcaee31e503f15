import { expect, test } from 'vitest'
import type { PageView } from '../../src/index.js'
import { startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'

const PAGE = '/accounts/sessions/'

function startAdminApp(): Promise<TestApp> {
  return startApp({
    sessions: { trustedProxies: 1 },
    routes: (app, us) =>
      app.use('/admin', us.admin({ allow: (request) => request.get('x-admin') === 'yes' && 'grace' })),
  })
}

/** The admin's rows as text, one a session. */
async function rows(admin: Browser, query = ''): Promise<string[]> {
  const page = await (await admin.get(`/admin/sessions/${query}`)).text()
  return page.match(/<tr role="row">[\s\S]*?<\/tr>/g)?.slice(1) ?? []
}

test('parity row 17: the admin page lists user, created, last seen, address and user agent of everybody', async () => {
  await using app = await startAdminApp()
  await new Browser(app.url, { 'user-agent': 'curl/8.5.0', 'x-forwarded-for': '203.0.113.1' }).signIn('ada')
  await new Browser(app.url, { 'user-agent': 'Wget/1.2', 'x-forwarded-for': '198.51.100.7' }).signIn('bob')
  const admin = new Browser(app.url, { 'x-admin': 'yes' })
  const page = await (await admin.get('/admin/sessions/')).text()
  for (const text of ['User', 'Created', 'Last seen', 'IP address', 'User agent'])
    expect(page).toContain(`>${text}</th>`)
  const [newest, oldest] = await rows(admin)
  for (const text of ['bob', 'Wget/1.2', '198.51.100.7', '<time']) expect(newest).toContain(text)
  for (const text of ['ada', 'curl/8.5.0', '203.0.113.1', '<time']) expect(oldest).toContain(text)
})

test('parity row 17: it is searched by user and by the beginning of an address', async () => {
  await using app = await startAdminApp()
  for (const [user, ip] of [
    ['ada', '203.0.113.1'],
    ['bob', '203.0.113.2'],
    ['eve', '198.51.100.7'],
  ] as const) {
    await new Browser(app.url, { 'x-forwarded-for': ip }).signIn(user)
  }
  const admin = new Browser(app.url, { 'x-admin': 'yes' })
  expect(await rows(admin)).toHaveLength(3)
  expect(await rows(admin, '?q=ada')).toHaveLength(1)
  expect(await rows(admin, '?q=203.0.113.')).toHaveLength(2)
  expect(await rows(admin, '?q=%25')).toHaveLength(0)
})

test('parity row 17: an end on the admin page ends the session itself, and says by whom', async () => {
  await using app = await startAdminApp()
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  const [{ id } = { id: '' }] = await app.sessions.user('ada').list()
  const admin = new Browser(app.url, { 'x-admin': 'yes' })
  const answer = await admin.post('/admin/sessions/', { user: 'ada', session: id })
  expect(answer.headers.get('location')).toBe('/admin/sessions/?message=ended')
  expect(await ada.json('/me')).toEqual({ status: 401, body: { user: null, reason: 'admin' } })
  expect(await app.sessions.user('ada').export()).toMatchObject([{ endReason: 'admin', endedBy: 'admin:grace' }])
})

test('parity row 17: whom the app does not let in sees nothing and ends nothing', async () => {
  await using app = await startAdminApp()
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  const [{ id } = { id: '' }] = await app.sessions.user('ada').list()
  expect((await ada.get('/admin/sessions/')).status).toBe(403)
  expect((await ada.post('/admin/sessions/', { user: 'ada', session: id })).status).toBe(403)
  expect((await ada.json('/me')).status).toBe(200)
})

test('parity row 18: times read as people say them, with the exact time beside', async () => {
  const clock = fakeClock()
  await using app = await startApp({ sessions: { clock: clock.now, trackActivity: true } })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  const exact = new Date(clock.now()).toISOString()
  const page = async (language = 'en') => (await ada.get(PAGE, { 'accept-language': language })).text()
  expect(await page()).toContain('just now')
  for (const [ms, text] of [
    [180_000, '3 minutes ago'],
    [7_020_000, '2 hours ago'],
    [2 * 86_400_000, '2 days ago'],
  ] as const) {
    clock.advance(ms)
    const drawn = await page()
    expect(drawn).toContain(text)
    expect(drawn).toContain(`datetime="${exact}"`)
    expect(drawn).toContain('online now')
  }
  expect(await page()).toContain('January 15, 2026 at 12:00:00')
})

test('parity row 18: the page speaks the languages it is given, by what the browser prefers', async () => {
  const clock = fakeClock()
  const messages = {
    de: { title: 'Ihre Sitzungen', ended: { one: 'Sitzung beendet.', other: '{n} Sitzungen beendet.' } },
  }
  await using app = await startApp({
    sessions: { clock: clock.now },
    routes: (app, us) => app.use('/own', us.page({ messages })),
  })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  clock.advance(7_200_000)
  const german = await (
    await ada.get('/own/sessions/?message=ended&n=2', { 'accept-language': 'fr;q=0.2, de-AT, en;q=0.5' })
  ).text()
  for (const text of ['<html lang="de-AT"', 'Ihre Sitzungen', '2 Sitzungen beendet.', 'vor 2 Stunden'])
    expect(german).toContain(text)
  const english = await (await ada.get('/own/sessions/', { 'accept-language': 'fr' })).text()
  for (const text of ['<html lang="en"', 'Your sessions', '2 hours ago']) expect(english).toContain(text)
})

test('parity row 19: a user has no more sessions than the limit: the oldest is signed out', async () => {
  await using app = await startApp({ sessions: { maxSessionsPerUser: 2 } })
  const browsers = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  for (const browser of browsers) await browser.signIn('ada')
  const [first, ...others] = browsers
  expect(await first?.json('/me')).toEqual({ status: 401, body: { user: null, reason: 'limit' } })
  for (const browser of others) expect((await browser.json('/me')).status).toBe(200)
})

test('parity row 19: 20 logins at once do not exceed the limit', async () => {
  await using app = await startApp({ sessions: { maxSessionsPerUser: 3 } })
  const browsers = Array.from({ length: 20 }, () => new Browser(app.url))
  await Promise.all(browsers.map((browser) => browser.signIn('ada')))
  expect(await app.sessions.user('ada').list()).toHaveLength(3)
  const statuses = await Promise.all(browsers.map(async (browser) => (await browser.json('/me')).status))
  expect(statuses.filter((status) => status === 200)).toHaveLength(3)
})

test('parity row 19: all sessions of a disabled user end and no new one begins; those of everyone end in one call', async () => {
  const clock = fakeClock()
  await using app = await startApp({ sessions: { clock: clock.now } })
  const [ada, bob] = [new Browser(app.url), new Browser(app.url)]
  await ada.signIn('ada')
  await bob.signIn('bob')
  await app.sessions.user('ada').block({ by: 'admin:grace' })
  expect(await ada.json('/me')).toEqual({ status: 401, body: { user: null, reason: 'blocked' } })
  await ada.signIn('ada')
  expect((await ada.json('/me')).status).toBe(401)
  await app.sessions.user('ada').unblock()
  await ada.signIn('ada')
  expect((await ada.json('/me')).status).toBe(200)
  await app.sessions.everyone.end({ reason: 'admin', by: 'admin:grace' })
  for (const browser of [ada, bob])
    expect(await browser.json('/me')).toMatchObject({ status: 401, body: { reason: 'admin' } })
  clock.advance(1)
  await bob.signIn('bob')
  expect((await bob.json('/me')).status).toBe(200)
})

test('parity row 20: slots put the markup of the app around the page, and the title is its own', async () => {
  const slots = {
    head: '<link rel="icon" href="/logo.svg">',
    header: (view: PageView) => `<nav>Acme (${view.sessions.length})</nav>`,
    footer: '<footer>Imprint</footer>',
    title: 'Devices & <sessions>',
  }
  await using app = await startApp({ routes: (app, us) => app.use('/own', us.page({ slots })) })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  const page = await (await ada.get('/own/sessions/')).text()
  for (const text of ['<link rel="icon" href="/logo.svg">', '<nav>Acme (1)</nav>', '<footer>Imprint</footer>'])
    expect(page).toContain(text)
  expect(page).toContain('Devices &amp; &lt;sessions&gt;')
  expect(page).toContain('action="/logout"')
})

test('parity row 20: render draws the whole page with the view engine of the app', async () => {
  const render = async (view: PageView) =>
    `<h1>${view.text.title}</h1>${view.sessions.map((one) => `<p>${one.device}|${one.isCurrent}|${one.end.action}</p>`).join('')}`
  await using app = await startApp({ routes: (app, us) => app.use('/own', us.page({ render })) })
  const ada = new Browser(app.url, { 'user-agent': 'curl/8.5.0' })
  await ada.signIn('ada')
  const response = await ada.get('/own/sessions/')
  expect(await response.text()).toBe('<h1>Your sessions</h1><p>curl|true|/logout</p>')
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
})
