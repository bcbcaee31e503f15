import { expect, test } from 'vitest'
import type { Place, UserSessionsOptions } from '../../src/index.js'
import { startSink } from '../unit/notices/smtp-sink.js'
import { COUNTRIES, IN_PORTUGAL } from '../unit/request/place-databases.js'
import { type AppOptions, startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'
import { keptLog } from './kept-log.js'

const PAGE = '/accounts/sessions/'
const IN_BERLIN = '198.51.100.7'

/** A database of two addresses. */
function locate(ip: string): Place | null {
  if (ip === IN_PORTUGAL) return { country: 'PT', region: 'Lisbon District', city: 'Lisbon <b>' }
  return ip === IN_BERLIN ? { country: 'DE', region: null, city: 'Berlin' } : null
}

function startPlacedApp(sessions: Partial<UserSessionsOptions> = {}, options: AppOptions = {}): Promise<TestApp> {
  return startApp({
    ...options,
    sessions: { trustedProxies: 1, trackActivity: true, places: { locate }, ...sessions },
    routes: (app, us) => app.use('/admin', us.admin({ allow: () => 'grace' })),
  })
}

async function signIn(app: TestApp, ip: string, headers: Record<string, string> = {}): Promise<Browser> {
  const browser = new Browser(app.url, { 'x-forwarded-for': ip, ...headers })
  await browser.signIn('ada')
  return browser
}

async function text(browser: Browser, path: string): Promise<string> {
  return (await browser.get(path)).text()
}

test('with a file of places a session has the country of its address, at once', async () => {
  await using app = await startPlacedApp({ places: COUNTRIES })
  const ada = await signIn(app, IN_PORTUGAL)
  const [session] = await app.sessions.user('ada').list()
  expect(session?.place).toEqual({ country: 'PT', region: null, city: null })
  expect(await text(ada, PAGE)).toContain('<bdi>approx. Portugal</bdi>')
})

test('the page says where each session is, approximately, in the reader’s language, and draws it as text', async () => {
  await using app = await startPlacedApp()
  const ada = await signIn(app, IN_PORTUGAL, { 'accept-language': 'en-GB' })
  const page = await text(ada, PAGE)
  expect(page).toContain(
    `<bdi>${IN_PORTUGAL}</bdi><span class="more"><bdi>approx. Lisbon &lt;b&gt;, Portugal</bdi></span>`,
  )
  expect(page).toContain('<dt>Approximate location</dt><dd><bdi>Lisbon &lt;b&gt;, Portugal</bdi></dd>')
  expect(page).not.toContain('Lisbon <b>')
})

test('an ended session still says where it was', async () => {
  await using app = await startPlacedApp()
  const berlin = await signIn(app, IN_BERLIN)
  await berlin.post('/logout')
  const ada = await signIn(app, '203.0.113.1')
  const [, ended = ''] = (await text(ada, PAGE)).split('<h2 id="recently-ended"')
  expect(ended).toContain('<dt>Approximate location</dt><dd><bdi>Berlin, Germany</bdi></dd>')
})

test('the admin page says it, too', async () => {
  await using app = await startPlacedApp()
  const ada = await signIn(app, IN_BERLIN)
  expect(await text(ada, '/admin/sessions/')).toContain('<span class="more"><bdi>approx. Berlin, Germany</bdi></span>')
})

test('the API has it as location, in English, and null where it is not known', async () => {
  await using app = await startPlacedApp()
  await signIn(app, IN_BERLIN)
  const ada = await signIn(app, '203.0.113.1', { 'accept-language': 'de' })
  const { body } = await ada.json('/api/auth/sessions')
  expect(body).toMatchObject({ data: [{ location: null }, { location: 'Berlin, Germany' }] })
})

test.each([
  undefined,
  { locate: () => null },
])('where no place is known, nothing stands for it (%#)', async (places) => {
  await using app = await startApp({
    sessions: { trustedProxies: 1, ...(places ? { places } : {}) },
    routes: (app, us) => app.use('/admin', us.admin({ allow: () => 'grace' })),
  })
  const ada = await signIn(app, IN_PORTUGAL)
  for (const path of [PAGE, '/admin/sessions/']) {
    const page = await text(ada, path)
    expect(page).toContain(`<span class="ip"><bdi>${IN_PORTUGAL}</bdi></span>`)
    expect(page).not.toMatch(/approx/i)
  }
  expect((await app.sessions.user('ada').list()).map(({ place }) => place)).toEqual([null])
})

test('the mail about a client change says where, approximately', async () => {
  const sink = await startSink()
  const pageUrl = 'https://app.example.com/accounts/sessions/'
  const mail = { transport: sink.url, from: 'security@example.com', to: () => 'ada@example.com', pageUrl }
  await using app = await startPlacedApp({ mail, places: { locate: (ip) => (ip === IN_BERLIN ? locate(ip) : null) } })
  const headers = { 'user-agent': 'curl/8.5.0' }
  const ada = await signIn(app, '203.0.113.1', headers)
  await ada.get('/me', { 'x-forwarded-for': IN_BERLIN })
  await sink.arrived(1)
  await app.close()
  await sink.close()
  const raw = sink.mails[0]?.raw.replaceAll('=\r\n', '') ?? ''
  expect(raw).toContain(`IP address ${IN_BERLIN}, approximately Berlin, Germany\r\n`)
  expect(raw).toContain('IP address 203.0.113.1\r\n')
})

test('places that fail cost neither a request nor a list, and are logged once', async () => {
  const log = keptLog()
  const failing = () => {
    throw new Error('the file is gone')
  }
  await using app = await startPlacedApp({ logger: log, places: { locate: failing } })
  const ada = await signIn(app, IN_PORTUGAL)
  await signIn(app, IN_BERLIN)
  for (const path of [PAGE, '/admin/sessions/', '/api/auth/sessions']) expect((await ada.get(path)).status).toBe(200)
  expect(log.lines).toEqual([expect.stringContaining('the file is gone')])
})

test('switched off, a file of places that is broken keeps no app from starting', async () => {
  await using app = await startApp({ sessions: { mode: 'off', places: '/nowhere/at/all.mmdb' } })
  expect((await fetch(`${app.url}/login`)).status).toBe(200)
})
