import { describe, expect, test } from 'vitest'
import { Browser } from './browser.js'
import { copyOf, DOINGS, startSlowApp } from './slow-app.js'
import { STORES } from './stores.js'

const LAYERS = [
  { resave: false, rolling: false },
  { resave: true, rolling: false },
  { resave: false, rolling: true },
  { resave: true, rolling: true },
]
const PAGE = '/accounts/sessions/'

describe.each(STORES)('on %s', (_name, openStore) => {
  describe.each(LAYERS)('with %o', (layer) => {
    test.each(
      DOINGS,
    )('a session ended from another browser stays ended when a slow request does: %s', async (doing) => {
      const { store, dispose } = openStore()
      await using app = await startSlowApp({ store, session: layer })
      const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
      for (const browser of [ada, phone]) await browser.signIn('ada')
      const old = copyOf(app, phone)
      const slow = phone.get(`/slow/${doing}`)
      await app.barrier.reached()
      const ended = await ada.post(PAGE)
      expect(ended.headers.get('location')).toContain('n=1')
      expect(await old.json('/me')).toMatchObject({ status: 401, body: { reason: 'other-session' } })
      app.barrier.release()
      expect((await slow).status).toBe(200)
      // Two questions: is it admitted, and is it left in the store?
      for (const browser of [old, phone]) {
        expect((await browser.json('/me')).status).toBe(401)
        expect(await app.inStore(browser)).toBe(false)
      }
      expect((await ada.json('/me')).status).toBe(200)
      expect(await app.sessions.user('ada').list()).toHaveLength(1)
      dispose()
    })
  })

  test('ten slow requests of one ended session, let go together, leave nothing', async () => {
    const { store, dispose } = openStore()
    await using app = await startSlowApp({ store, session: { resave: true, rolling: true } })
    const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
    for (const browser of [ada, phone]) await browser.signIn('ada')
    const old = copyOf(app, phone)
    const slow = Array.from({ length: 10 }, (_, index) =>
      copyOf(app, phone).get(`/slow/${DOINGS[index % DOINGS.length]}`),
    )
    await app.barrier.reached(10)
    await ada.post(PAGE)
    app.barrier.release()
    for (const response of await Promise.all(slow)) expect(response.status).toBe(200)
    expect((await old.json('/me')).status).toBe(401)
    expect(await app.inStore(old)).toBe(false)
    dispose()
  })

  test('after its end the same browser may sign in again, and stays signed in', async () => {
    const { store, dispose } = openStore()
    await using app = await startSlowApp({ store })
    const [ada, phone] = [new Browser(app.url), new Browser(app.url)]
    for (const browser of [ada, phone]) await browser.signIn('ada')
    const slow = phone.get('/slow/save-and-write')
    await app.barrier.reached()
    await ada.post(PAGE)
    await phone.signIn('ada')
    app.barrier.release()
    const fresh = copyOf(app, phone)
    await slow
    expect((await fresh.json('/me')).status).toBe(200)
    expect((await ada.json('/me')).status).toBe(200)
    expect(await app.sessions.user('ada').list()).toHaveLength(2)
    dispose()
  })
})
