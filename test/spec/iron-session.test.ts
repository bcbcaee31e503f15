import { sealData } from 'iron-session'
import { expect, test } from 'vitest'
import { forIronSession } from '../../src/bindings/iron-session.js'
import { createUserSessions } from '../../src/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { type ContractOptions, SECRET, startContractApp } from '../contract/contract-app.js'
import { ironOnExpress, ironOnNode } from '../contract/iron-app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'
import { keptLog } from './kept-log.js'

const start = (options: ContractOptions = {}) => startContractApp(ironOnExpress(), options)

function copyOf(url: string, browser: Browser): Browser {
  const copy = new Browser(url)
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
  return copy
}

test('an ended browser goes on as nobody, is told why, and its cookie goes when it is told', async () => {
  for (const binding of [ironOnExpress(), ironOnNode]) {
    await using app = await startContractApp(binding)
    const [one, two] = [new Browser(app.url), new Browser(app.url)]
    for (const browser of [one, two]) await browser.signIn('ada')
    await one.post('/accounts/sessions/')
    expect(await two.json('/me')).toEqual({ status: 401, body: { user: null, id: null, reason: 'other-session' } })
    expect(two.cookies.size).toBe(1)
    expect((await two.json('/told')).body).toMatchObject({ told: { reason: 'other-session', by: 'ada' } })
    expect(two.cookies.size).toBe(0)
    await two.signIn('ada')
    expect((await two.json('/me')).status).toBe(200)
  }
})

test('an ended session that is written to is sealed as nobody’s, and what it held is gone', async () => {
  await using app = await start()
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  await app.sessions.user('ada').endAll()
  expect((await browser.get('/write')).status).toBe(200)
  expect((await browser.json('/me')).body).toEqual({ user: null, id: null, reason: null })
})

test('a logout that only destroys the sealed session ends it, so that no copy of its cookie is good', async () => {
  await using app = await start()
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  const copy = copyOf(app.url, browser)
  const ended = new Promise((resolve) => app.sessions.on('sessionEnded', ({ ending }) => resolve(ending)))
  await browser.post('/logout')
  expect(await ended).toMatchObject({ reason: 'user', by: 'ada' })
  expect((await copy.json('/me')).body).toMatchObject({ user: null, reason: 'user' })
})

test('a sign-in over a session, of the same user or another, leaves none behind', async () => {
  await using app = await start()
  const browser = new Browser(app.url)
  for (const user of ['ada', 'ada', 'bob']) {
    await browser.signIn(user)
    await app.sessions.flush()
  }
  expect(await app.sessions.user('ada').list()).toEqual([])
  expect(await app.sessions.user('bob').list()).toHaveLength(1)
  expect(await app.sessions.user('ada').history()).toMatchObject([{ endReason: 'user' }, { endReason: 'user' }])
})

test('a sealed user that no key was issued to, as from before this package, is signed out and not taken over', async () => {
  await using app = await start()
  const browser = new Browser(app.url)
  browser.cookies.set('sealed', encodeURIComponent(await sealData({ userId: 'ada' }, { password: SECRET })))
  expect((await browser.json('/me')).status).toBe(401)
  expect(await app.sessions.user('ada').list()).toEqual([])
})

test('with the records away nobody can tell: 503, and the cookie stays', async () => {
  const clock = fakeClock()
  const storage = memoryStorage({ clock: clock.now })
  await using app = await start({ sessions: { storage, clock: clock.now, logger: keptLog() } })
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  await storage.close()
  clock.advance(60_000)
  const refused = await browser.get('/me')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(browser.cookies.size).toBe(1)
  expect((await new Browser(app.url).get('/me')).status).toBe(401)
})

test('what is forgotten is said with what to write: the middleware, how to open a session, and whose it is', async () => {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET })
  const open = async () => ({ destroy() {} })
  const us = forIronSession(sessions, { open, user: () => undefined })
  const bare: object = {}
  for (const ask of [us.of, us.sessionOf]) {
    expect(() => Reflect.apply(ask, us, [bare])).toThrow(/Put `app\.use\(us\.session\(\)\)` before/)
  }
  const bind = (options: object) => () => Reflect.apply(forIronSession, undefined, [sessions, options])
  expect(bind({ user: () => undefined })).toThrow(/needs `open`: .*getIronSession/)
  expect(bind({ open })).toThrow(/needs `user`: .*data\.userId/)
  expect(bind({ open, user: () => 1, cookieName: 'x' })).toThrow(/cookieName/)
  await sessions.close()
})
