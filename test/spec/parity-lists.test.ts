import session from 'express-session'
import { expect, test } from 'vitest'
import { safeNext } from '../../src/index.js'
import { startApp } from './app.js'
import { Browser } from './browser.js'
import { countedStorage } from './counted-storage.js'
import { fakeClock } from './fake-clock.js'

test('parity row 4: the page lists the sessions of whoever is signed in', async () => {
  await using app = await startApp({ sessions: { trackActivity: true } })
  const [ada, phone, bob] = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  for (const browser of [ada, phone]) await browser.signIn('ada')
  await bob.signIn('bob')
  const response = await ada.get('/accounts/sessions/')
  expect(response.status).toBe(200)
  const page = await response.text()
  for (const { id } of await app.sessions.user('ada').list())
    if (!(await isCurrentOf(ada, id))) expect(page).toContain(id)
  for (const { id } of await app.sessions.user('bob').list()) expect(page).not.toContain(id)
  for (const text of ['Started at', 'IP address', 'Browser', 'Last seen', 'Current']) expect(page).toContain(text)
})

async function isCurrentOf(browser: Browser, id: string): Promise<boolean> {
  const { body } = await browser.json('/api/auth/sessions')
  return JSON.stringify(body).includes(`"id":"${id}"`) && currentId(body) === id
}

function currentId(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('data' in body) || !Array.isArray(body.data)) return undefined
  return body.data.find((one: { is_current: boolean }) => one.is_current)?.id
}

test('parity row 4: last seen is a column only when activity is tracked', async () => {
  await using app = await startApp({ sessions: { trackActivity: false } })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  expect(await (await ada.get('/accounts/sessions/')).text()).not.toContain('Last seen')
})

test('parity row 4: who is not signed in is sent to the login with the way back, wherever the page is mounted', async () => {
  await using app = await startApp({
    binding: { loginUrl: '/login?from=page' },
    routes: (app, us) => app.use('/me/security', us.page()),
  })
  const nobody = new Browser(app.url)
  for (const mount of ['/accounts', '/me/security']) {
    const response = await nobody.get(`${mount}/sessions/`)
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe(`/login?from=page&next=${encodeURIComponent(`${mount}/sessions/`)}`)
  }
  await nobody.signIn('ada')
  expect((await nobody.get('/me/security/sessions/')).status).toBe(200)
})

test.each([
  '//evil.example',
  '/\\evil.example',
  '/%2f%2fevil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  'javascript:alert(1)',
  'https:evil.example',
  'https://evil.example',
  '/%5cevil.example',
])('parity row 4: a next that leads elsewhere is not followed: %j', (next) =>
  expect(safeNext(next, '/home')).toBe('/home'))

test('parity row 4: a next that stays here is followed', () => {
  expect(safeNext('/accounts/sessions/?message=ended#top', '/home')).toBe('/accounts/sessions/?message=ended#top')
})

test('parity row 6: 1,000 sessions of one user are listed by at most two statements, and all others end', async () => {
  const { storage, takeStatements } = await countedStorage()
  const store = new session.MemoryStore()
  await using app = await startApp({ sessions: { storage }, store })
  const browsers = Array.from({ length: 1000 }, () => new Browser(app.url))
  for (let from = 0; from < browsers.length; from += 50) {
    await Promise.all(browsers.slice(from, from + 50).map((browser) => browser.signIn('ada')))
  }
  const [first, ...others] = browsers
  takeStatements()
  expect(await app.sessions.user('ada').list()).toHaveLength(1000)
  expect(takeStatements().length).toBeLessThanOrEqual(2)

  const ended = await first?.post('/accounts/sessions/')
  expect(ended?.headers.get('location')).toBe('/accounts/sessions/?message=ended-others&n=999')
  expect(takeStatements().length).toBeLessThanOrEqual(20)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  expect(Object.keys(Reflect.get(store, 'sessions'))).toHaveLength(1)
  const answers = await Promise.all(others.filter((_, index) => index % 37 === 0).map((browser) => browser.get('/me')))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
}, 60_000)

test('parity row 6: what the store no longer has is left out of the list, and ended after the answer', async () => {
  const clock = fakeClock()
  const { storage, takeStatements } = await countedStorage({ clock: clock.now })
  const store = new session.MemoryStore()
  await using app = await startApp({ sessions: { storage, clock: clock.now }, store })
  const browsers = Array.from({ length: 5 }, () => new Browser(app.url))
  await browsers[0]?.signIn('ada')
  const kept = Object.keys(Reflect.get(store, 'sessions'))
  for (const browser of browsers.slice(1)) await browser.signIn('ada')
  clock.advance(60_000)
  const sessions: Record<string, string> = Reflect.get(store, 'sessions')
  for (const key of Object.keys(sessions)) if (!kept.includes(key)) delete sessions[key]
  takeStatements()
  for (const list of [app.sessions.user('ada').list(), app.sessions.user('ada').purgeAndList()])
    expect(await list).toHaveLength(1)
  await app.sessions.flush()
  const history = (await app.sessions.user('ada').export()).filter(({ endedAt }) => endedAt)
  expect(history).toHaveLength(4)
  expect(new Set(history.map(({ endReason }) => endReason))).toEqual(new Set(['expired']))
})

test('parity row 6: when the store cannot say what it has, nothing is taken for gone', async () => {
  class DumbStore extends session.MemoryStore {
    fails = false
    override get(key: string, done: (error: unknown, data?: session.SessionData | null) => void): void {
      if (this.fails) done(new Error('the store is away'))
      else super.get(key, done)
    }
  }
  const clock = fakeClock()
  const store = new DumbStore()
  await using app = await startApp({
    sessions: { clock: clock.now, logger: { warn: () => {}, error: () => {} } },
    store,
  })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  clock.advance(60_000)
  store.fails = true
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  store.fails = false
  await app.sessions.flush()
  expect((await ada.json('/me')).status).toBe(200)
})

test('parity row 7: exactly the session that asks is current, and it comes first', async () => {
  await using app = await startApp({
    routes: (app, us) => app.get('/mine', async (request, response) => void response.json(await us.of(request).list())),
  })
  const browsers = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  for (const browser of browsers) await browser.signIn('ada')
  const currents = new Set<string>()
  for (const browser of browsers) {
    const { body } = await browser.json('/mine')
    const listed = Array.isArray(body) ? body : []
    expect(listed.map((one: { isCurrent: boolean }) => one.isCurrent)).toEqual([true, false, false])
    currents.add(listed[0].id)
    expect(currentId((await browser.json('/api/auth/sessions')).body)).toBe(listed[0].id)
  }
  expect(currents.size).toBe(3)
  expect((await app.sessions.user('ada').list()).some(({ isCurrent }) => isCurrent)).toBe(false)
})
