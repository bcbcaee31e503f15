import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express } from 'express'
import session from 'express-session'
import { expect, test } from 'vitest'
import { startApp } from './app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'

const PAGE = '/accounts/sessions/'

/** Follows the redirect after a form and returns the page's text. */
async function after(browser: Browser, response: Response): Promise<string> {
  expect(response.status).toBe(303)
  return (await browser.get(response.headers.get('location') ?? '')).text()
}

async function listedIds(browser: Browser): Promise<{ current: string; others: string[] }> {
  const { body } = await browser.json('/api/auth/sessions')
  if (typeof body !== 'object' || body === null || !('data' in body) || !Array.isArray(body.data))
    throw new Error('no list')
  const listed: { id: string; is_current: boolean }[] = body.data
  return {
    current: listed.find((one) => one.is_current)?.id ?? '',
    others: listed.filter((one) => !one.is_current).map((one) => one.id),
  }
}

function keysIn(store: session.MemoryStore): string[] {
  return Object.keys(Reflect.get(store, 'sessions'))
}

test('parity row 8: an end is durable, says why and by whom, and its record stays as history and tombstone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'usersessions-'))
  const storage = `sqlite:${join(folder, 'sessions.db')}`
  const clock = fakeClock()
  const store = new session.MemoryStore()
  const cookies = new Map<string, string>()
  const saved: Record<string, string> = {}
  {
    await using app = await startApp({ sessions: { storage, clock: clock.now }, store })
    const ada = new Browser(app.url)
    await ada.signIn('ada')
    for (const pair of ada.cookies) cookies.set(...pair)
    Object.assign(saved, Reflect.get(store, 'sessions'))
    const [listed] = await app.sessions.user('ada').list()
    const ended = await app.sessions.user('ada').end([listed?.id ?? ''], { reason: 'admin', by: 'admin:grace' })
    expect(ended).toMatchObject([
      { id: listed?.id, endReason: 'admin', endedBy: 'admin:grace', endedAt: new Date(clock.now()) },
    ])
    expect(await app.sessions.user('ada').end([listed?.id ?? ''])).toEqual([])
    expect(keysIn(store)).toEqual([])
  }
  // A restart, and a backup of the app's store that still has the session.
  Object.assign(Reflect.get(store, 'sessions'), saved)
  await using app = await startApp({ sessions: { storage, clock: clock.now }, store })
  const ada = new Browser(app.url)
  for (const [name, value] of cookies) ada.cookies.set(name, value)
  expect(await ada.json('/me')).toEqual({ status: 401, body: { user: null, reason: 'admin' } })
  expect(keysIn(store)).toEqual([])
  expect(await app.sessions.user('ada').list()).toEqual([])
  expect(await app.sessions.user('ada').export()).toMatchObject([{ endReason: 'admin', endedBy: 'admin:grace' }])
  await rm(folder, { recursive: true, force: true })
})

test('parity row 8: ids of another user end nothing', async () => {
  await using app = await startApp()
  const [ada, bob] = [new Browser(app.url), new Browser(app.url)]
  await ada.signIn('ada')
  await bob.signIn('bob')
  const [foreign] = await app.sessions.user('bob').list()
  expect(await app.sessions.user('ada').end([foreign?.id ?? ''])).toEqual([])
  expect((await bob.json('/me')).status).toBe(200)
  expect(() => app.sessions.user(Reflect.get({}, 'nobody'))).toThrow(TypeError)
})

test('parity row 9: ending one of one\'s own on the page says "Session ended successfully."', async () => {
  await using app = await startApp()
  const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
  for (const browser of [ada, phone]) await browser.signIn('ada')
  const { others } = await listedIds(ada)
  const page = await after(ada, await ada.post(PAGE, { session: others[0] ?? '' }))
  expect(page).toContain('Session ended successfully.')
  expect((await phone.json('/me')).status).toBe(401)
  expect((await ada.json('/me')).status).toBe(200)
  expect(await after(ada, await ada.post(PAGE, { session: others[0] ?? '' }))).toContain('Session not found.')
})

test('parity row 9: somebody else\'s session is "Session not found." and goes on', async () => {
  await using app = await startApp()
  const [ada, bob] = [new Browser(app.url), new Browser(app.url)]
  await ada.signIn('ada')
  await bob.signIn('bob')
  const { current } = await listedIds(bob)
  expect(await after(ada, await ada.post(PAGE, { session: current }))).toContain('Session not found.')
  expect((await bob.json('/me')).status).toBe(200)
})

test('parity row 9: the page refuses to end the current session and offers Sign out in its row', async () => {
  await using app = await startApp()
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  const { current } = await listedIds(ada)
  const page = await after(ada, await ada.post(PAGE, { session: current }))
  expect(page).toContain('Cannot end your current session. Use logout instead.')
  expect((await ada.json('/me')).status).toBe(200)
  expect(page).toMatch(/<form[^>]* action="\/logout"/)
  await ada.post('/logout')
  expect((await ada.json('/me')).status).toBe(401)
})

test('parity row 9: through the API ending the current session signs out with the 401 body and clears the cookie', async () => {
  const store = new session.MemoryStore()
  await using app = await startApp({ store })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  const { current } = await listedIds(ada)
  const cookie = new Map(ada.cookies)
  expect(await ada.json('/api/auth/sessions', 'DELETE', { sessions: [current] })).toEqual({
    status: 401,
    body: { status: 401, data: { flows: [{ id: 'login' }] }, meta: { is_authenticated: false } },
  })
  expect(ada.cookies.size).toBe(0)
  expect(keysIn(store)).toEqual([])
  const replayed = new Browser(app.url)
  for (const [name, value] of cookie) replayed.cookies.set(name, value)
  expect((await replayed.json('/me')).status).toBe(401)
})

test('parity row 10: ending all others counts what was really ended, and leaves this one', async () => {
  await using app = await startApp()
  const [ada, ...others] = Array.from({ length: 4 }, () => new Browser(app.url))
  if (!ada) throw new Error('no browser')
  for (const browser of [ada, ...others]) await browser.signIn('ada')
  const page = await after(ada, await ada.post(PAGE))
  expect(page).toContain('Signed out of all other sessions.')
  expect(page).toContain('Logged out 3 other sessions.')
  for (const browser of others) expect((await browser.json('/me')).status).toBe(401)
  expect((await ada.json('/me')).status).toBe(200)
  expect(await after(ada, await ada.post(PAGE))).toContain('Logged out 0 other sessions.')
})

test('parity row 10: one other session is counted in the singular', async () => {
  await using app = await startApp()
  const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
  for (const browser of [ada, phone]) await browser.signIn('ada')
  expect(await after(ada, await ada.post(PAGE))).toContain('Logged out 1 other session.')
})

test('parity row 10: the app ends a list of its own choosing, and is told which it really ended', async () => {
  await using app = await startApp()
  const browsers = Array.from({ length: 3 }, () => new Browser(app.url))
  for (const browser of browsers) await browser.signIn('ada')
  const listed = await app.sessions.user('ada').list()
  const chosen = listed.slice(0, 2).map(({ id }) => id)
  const ended = await app.sessions.user('ada').end([...chosen, chosen[0] ?? '', 'no such id'])
  expect(ended.map(({ id }) => id).sort()).toEqual([...chosen].sort())
  const statuses = await Promise.all(browsers.map(async (browser) => (await browser.json('/me')).status))
  expect(statuses.sort()).toEqual([200, 401, 401])
})

function addPasswordChange(app: Express): void {
  app.post('/password', (request, response, next) => {
    const { userId } = request.session
    request.session.regenerate((error) => {
      if (error) return next(error)
      if (userId !== undefined) request.session.userId = userId
      response.json({})
    })
  })
}

test('parity row 15: after a password change the record is the same one under the new key, and the old cookie is dead', async () => {
  const events: string[] = []
  const store = new session.MemoryStore()
  await using app = await startApp({ store, routes: addPasswordChange })
  const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
  for (const browser of [ada, phone]) await browser.signIn('ada')
  const before = await listedIds(ada)
  const old = new Map(ada.cookies)
  app.sessions.on('sessionStarted', () => events.push('started'))
  app.sessions.on('sessionEnded', () => events.push('ended'))
  await ada.request('/password', { method: 'POST' })
  expect(ada.cookies).not.toEqual(old)
  expect(await listedIds(ada)).toEqual(before)
  expect(events).toEqual([])
  expect(keysIn(store)).toHaveLength(2)
  const replayed = new Browser(app.url)
  for (const [name, value] of old) replayed.cookies.set(name, value)
  expect((await replayed.json('/me')).status).toBe(401)
  expect((await phone.json('/me')).status).toBe(200)
  // The record follows: ending it ends the session under its new key.
  expect((await phone.post(PAGE)).headers.get('location')).toContain('n=1')
  expect((await ada.json('/me')).status).toBe(401)
})

test('parity row 15: when the password change signs out, the record goes with it', async () => {
  await using app = await startApp()
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  await ada.post('/logout')
  expect(await app.sessions.user('ada').list()).toEqual([])
  expect(await app.sessions.user('ada').export()).toMatchObject([{ endReason: 'user', endedBy: 'ada' }])
})
