import type { Express } from 'express'
import { describe, expect, test } from 'vitest'
import { startApp } from './app.js'
import { Browser } from './browser.js'
import { copyOf, keyOf, startSlowApp } from './slow-app.js'
import { STORES } from './stores.js'

const PAGE = '/accounts/sessions/'

describe.each(STORES)('on %s', (_name, openStore) => {
  test('a session ended between the two halves of its re-key stays ended', async () => {
    const { store, dispose } = openStore()
    await using app = await startSlowApp({ store })
    const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
    for (const browser of [ada, phone]) await browser.signIn('ada')
    const old = copyOf(app, phone)
    const slow = phone.get('/slow/regenerate')
    await app.barrier.reached()
    await ada.post(PAGE)
    app.barrier.release()
    await slow
    for (const browser of [old, phone]) {
      expect((await browser.json('/me')).status).toBe(401)
      expect(await app.inStore(browser)).toBe(false)
    }
    expect(await app.sessions.user('ada').list()).toHaveLength(1)
    dispose()
  })

  test('a session ended before a slow handler carries all its data over to a fresh key stays ended', async () => {
    const { store, dispose } = openStore()
    await using app = await startSlowApp({ store, session: { resave: true } })
    const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
    for (const browser of [ada, phone]) await browser.signIn('ada')
    const old = copyOf(app, phone)
    const slow = phone.get('/slow/carry')
    await app.barrier.reached()
    await ada.post(PAGE)
    app.barrier.release()
    await slow
    for (const browser of [old, phone]) {
      expect((await browser.json('/me')).status).toBe(401)
      expect(await app.inStore(browser)).toBe(false)
    }
    dispose()
  })

  test('a live session that carries all its data over keeps its record, and its old key is dead for slow requests, too', async () => {
    const { store, dispose } = openStore()
    await using app = await startSlowApp({ store, session: { resave: true } })
    const phone = new Browser(app.url)
    await phone.signIn('ada')
    const [before] = await app.sessions.user('ada').list()
    const old = copyOf(app, phone)
    const carried = phone.get('/slow/carry')
    await app.barrier.reached()
    app.barrier.release()
    await carried
    const late = copyOf(app, old)
    expect((await late.json('/me')).status).toBe(401)
    expect((await phone.json('/me')).status).toBe(200)
    expect(keyOf(phone)).not.toBe(keyOf(old))
    expect(await app.inStore(old)).toBe(false)
    expect((await app.sessions.user('ada').list()).map(({ id }) => id)).toEqual([before?.id])
    dispose()
  })

  test('a slow request of a session that is re-keyed meanwhile does not bring the old key back', async () => {
    const { store, dispose } = openStore()
    await using app = await startSlowApp({ store, session: { resave: true } })
    const phone = new Browser(app.url)
    await phone.signIn('ada')
    const old = copyOf(app, phone)
    const slow = copyOf(app, phone).get('/slow/save-and-write')
    await app.barrier.reached()
    const carried = phone.get('/slow/carry')
    await app.barrier.reached(2)
    app.barrier.release()
    await Promise.all([slow, carried])
    // Whichever came first, there is one session at most, and it is not under the old key.
    expect((await old.json('/me')).status).toBe(401)
    expect(await app.inStore(old)).toBe(false)
    expect((await phone.json('/me')).status).toBe(200)
    dispose()
  })

  test('a logout while another request of the same session is slow stays a logout', async () => {
    const { store, dispose } = openStore()
    await using app = await startSlowApp({ store, session: { resave: true, rolling: true } })
    const phone = new Browser(app.url)
    await phone.signIn('ada')
    const old = copyOf(app, phone)
    const slow = copyOf(app, phone).get('/slow/save-and-write')
    await app.barrier.reached()
    await phone.post('/logout')
    app.barrier.release()
    await slow
    expect((await old.json('/me')).status).toBe(401)
    expect(await app.inStore(old)).toBe(false)
    expect(await app.sessions.user('ada').list()).toEqual([])
    expect(await app.sessions.user('ada').export()).toMatchObject([{ endReason: 'user', endedBy: 'ada' }])
    dispose()
  })
})

function addOneKeyAccounts(app: Express): void {
  app.post('/as/:user', (request, response) => {
    request.session.userId = request.params.user
    response.json({})
  })
  app.post('/clear', (request, response) => {
    delete request.session.userId
    request.session.count = 1
    response.json({})
  })
}

test('clearing the user ends the record, the session goes on as nobody, and may sign in again on the same key', async () => {
  await using app = await startApp({ routes: addOneKeyAccounts })
  const ada = new Browser(app.url)
  await ada.post('/as/ada')
  const key = keyOf(ada)
  await ada.post('/clear')
  expect((await ada.json('/me')).status).toBe(401)
  expect(await app.sessions.user('ada').list()).toEqual([])
  await ada.post('/as/ada')
  expect(keyOf(ada)).toBe(key)
  expect((await ada.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  expect(await app.sessions.user('ada').export()).toHaveLength(2)
  // And again, and an end of it is an end.
  await ada.post('/clear')
  await ada.post('/as/ada')
  await app.sessions.user('ada').endAll()
  expect((await ada.json('/me')).status).toBe(401)
})

test('switching the user on the same key ends the one and records the other', async () => {
  const events: string[] = []
  await using app = await startApp({ routes: addOneKeyAccounts })
  app.sessions.on('sessionStarted', ({ user }) => void events.push(`started ${user}`))
  app.sessions.on('sessionEnded', ({ user, ending }) => void events.push(`ended ${user} ${ending.reason}`))
  const browser = new Browser(app.url)
  for (const user of ['ada', 'bob', 'ada']) {
    await browser.post(`/as/${user}`)
    expect(await browser.json('/me')).toMatchObject({ status: 200, body: { user } })
  }
  expect(events).toEqual(['started ada', 'ended ada switched', 'started bob', 'ended bob switched', 'started ada'])
  expect(await app.sessions.user('bob').list()).toEqual([])
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test('a slow request of the former user does not undo a switch on the same key', async () => {
  await using app = await startSlowApp({ session: { resave: true } })
  const browser = new Browser(app.url)
  await browser.signIn('ada')
  const slow = copyOf(app, browser).get('/slow/save-and-write')
  await app.barrier.reached()
  await browser.post('/as/bob')
  app.barrier.release()
  await slow
  expect(await browser.json('/me')).toMatchObject({ status: 200, body: { user: 'bob' } })
  expect(await app.sessions.user('ada').list()).toEqual([])
})
