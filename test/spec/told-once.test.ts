import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createUserSessions } from '../../src/index.js'
import { SECRET, startApp } from './app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'

test('the ended browser is told why, once', async () => {
  await using app = await startApp({
    routes: (express, us) =>
      express.get('/told', async (request, response) => {
        response.json((await us.of(request).tellEnded()) ?? null)
      }),
  })
  const [one, two] = [new Browser(app.url), new Browser(app.url)]
  await one.signIn('ada')
  await two.signIn('ada')
  expect((await one.json('/told')).body).toBeNull()
  await one.post('/accounts/sessions/')
  expect((await two.json('/told')).body).toMatchObject({ reason: 'other-session', by: 'ada' })
  expect(two.cookies.size).toBe(0)
  expect((await two.json('/told')).body).toBeNull()
})

test('what ended, why and on whose word stays to be read, and a re-keyed key is no session of its own', async () => {
  const clock = fakeClock()
  await using app = await startApp({ sessions: { clock: clock.now } })
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  await browser.signIn('ada')
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  await app.sessions.user('ada').endAll({ reason: 'admin', by: 'admin:grace' })
  const history = await app.sessions.user('ada').history()
  expect(history.map(({ endReason, endedBy }) => ({ endReason, endedBy }))).toEqual([
    { endReason: 'admin', endedBy: 'admin:grace' },
  ])
  clock.advance(1000)
  expect(await app.sessions.user('ada').history({ since: new Date(clock.now()) })).toEqual([])
  expect(await app.sessions.user('ada').export()).toHaveLength(1)
})

test('what another process ends on the same database file is refused at most maxStaleness later', async () => {
  const folder = await mkdtemp(join(tmpdir(), `usersessions-${randomUUID()}`))
  try {
    const clock = fakeClock()
    const storage = `sqlite:${join(folder, 'sessions.db')}`
    await using app = await startApp({ sessions: { storage, clock: clock.now, maxStaleness: 10_000 } })
    const browser = new Browser(app.url)
    await browser.signIn('ada')
    expect((await browser.json('/me')).status).toBe(200)
    const elsewhere = await createUserSessions({ storage, secret: SECRET, clock: clock.now })
    expect(await elsewhere.user('ada').endAll({ reason: 'admin' })).toHaveLength(1)
    await elsewhere.close()

    clock.advance(4_000)
    expect((await browser.json('/me')).status).toBe(200)
    clock.advance(6_001)
    expect((await browser.json('/me')).body).toEqual({ user: null, reason: 'admin' })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('erasing a user on one node reaches the others, though no record is left to tell', async () => {
  const folder = await mkdtemp(join(tmpdir(), `usersessions-${randomUUID()}`))
  try {
    const clock = fakeClock()
    const storage = `sqlite:${join(folder, 'sessions.db')}`
    await using app = await startApp({ sessions: { storage, clock: clock.now } })
    const browser = new Browser(app.url)
    await browser.signIn('ada')
    const elsewhere = await createUserSessions({ storage, secret: SECRET, clock: clock.now })
    await elsewhere.user('ada').erase()
    await elsewhere.close()
    clock.advance(10_001)
    expect((await browser.json('/me')).status).toBe(401)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('everyone is signed out in one write, here at once and elsewhere within maxStaleness, and may sign in again', async () => {
  const folder = await mkdtemp(join(tmpdir(), `usersessions-${randomUUID()}`))
  try {
    const clock = fakeClock()
    const storage = `sqlite:${join(folder, 'sessions.db')}`
    await using app = await startApp({ sessions: { storage, clock: clock.now } })
    await using other = await startApp({ store: app.store, sessions: { storage, clock: clock.now } })
    const browser = new Browser(app.url)
    await browser.signIn('ada')
    await app.sessions.everyone.end({ reason: 'admin', by: 'admin:grace' })
    expect((await browser.json('/me')).body).toEqual({ user: null, reason: 'admin' })
    expect(await app.sessions.user('ada').list()).toEqual([])
    clock.advance(10_001)
    const same = new Browser(other.url)
    for (const [name, value] of browser.cookies) same.cookies.set(name, value)
    expect((await same.json('/me')).status).toBe(401)
    await browser.signIn('ada')
    expect((await browser.json('/me')).status).toBe(200)
    expect(await app.sessions.user('ada').list()).toHaveLength(1)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a user id that moves takes the sessions along, when the app changes its own data', async () => {
  await using app = await startApp({
    routes: (express, _us, sessions) =>
      express.post('/rename', async (request, response) => {
        await sessions.user('ada').moveTo('lovelace')
        request.session.userId = 'lovelace'
        response.send('renamed')
      }),
  })
  const [current, other] = [new Browser(app.url), new Browser(app.url)]
  await current.signIn('ada')
  await other.signIn('ada')
  const before = await app.sessions.user('ada').list()
  await current.post('/rename')
  expect((await current.json('/me')).body).toEqual({ user: 'lovelace', reason: null })
  const moved = await app.sessions.user('lovelace').list()
  expect(moved.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort())
  expect((await other.json('/me')).status).toBe(401)
})
