import type { Store } from 'express-session'
import { expect, test } from 'vitest'
import { asks } from '../../src/engine/callback-store.js'
import { ExpressSessionEngine } from '../../src/engine/express-session.js'
import { createUserSessions } from '../../src/index.js'
import { SECRET } from '../spec/app.js'
import { Browser } from '../spec/browser.js'
import { fakeClock } from '../spec/fake-clock.js'
import { keyOf, startSlowApp } from '../spec/slow-app.js'
import type { Traffic } from './traffic.js'

/** A store that is empty, and what is known of its server. */
export interface StoreStand extends AsyncDisposable {
  readonly store: Store
  /** Undefined for what is sent nowhere. */
  readonly traffic?: Traffic
  /** From now on the server cannot be reached. */
  readonly shut?: () => unknown
}

/** What a look-up of any number of keys, up to 1000, costs: one statement, or one command each in one round trip. */
export type Cost = 'statement' | 'round trip'

const DAY = 86_400_000
/** Keys are what an app's `genid` makes of them. */
const ODD = ["it's", 'a "b"', 'a`b', '100%', 'a_b', 'back\\slash', 'a:b:{c}', 'a?b*', 'ключ', '🦊', 'x'.repeat(100)]
const PAGE = '/accounts/sessions/'

/** A session's data as express-session saves it. */
export function dataOf(userId: string, lifetime = DAY) {
  const cookie = { originalMaxAge: lifetime, maxAge: lifetime, expires: new Date(Date.now() + lifetime) }
  return { cookie, userId }
}

/** An engine that acts on the store, behind a guard that lets all pass. */
export function engineOn(store: object): ExpressSessionEngine {
  const engine = new ExpressSessionEngine({ user: (data) => data.userId })
  Reflect.apply(engine.guard, engine, [
    store,
    {
      loaded: async () => true,
      saving: async () => ({ store: true, marker: undefined }),
      saved: () => true,
      touching: async () => true,
      destroying: async () => {},
    },
  ])
  return engine
}

/** What every store that is known keeps to, behind the guard. */
export function storeContract(open: () => Promise<StoreStand>, cost?: Cost): void {
  askingTests(open, cost)
  appTests(open)
  manyTest(open, cost)
  unknownTests(open)
}

function askingTests(open: () => Promise<StoreStand>, cost: Cost | undefined): void {
  test('it says which keys it has; what has expired it has no more', async () => {
    await using stand = await open()
    const { store, traffic } = stand
    const engine = engineOn(store)
    expect(await engine.existing(['none'])).toEqual(new Set())
    for (const key of ['one', 'two']) await asks(store, 'set', key, dataOf('ada'))
    await asks(store, 'set', 'expired', dataOf('ada', -2_000))
    traffic?.take()
    expect(await engine.existing(['one', 'gone', 'expired', 'ONE', ' one'])).toEqual(new Set(['one']))
    if (cost) expect(traffic?.take()).toEqual({ calls: cost === 'statement' ? 1 : 5, roundTrips: 1 })
    expect(await engine.existing([])).toEqual(new Set())
    expect(traffic?.take().calls ?? 0).toBe(0)
  })

  test('a session of which a minute is left is there, whatever the time zone of process and server', async () => {
    await using stand = await open()
    const zone = process.env.TZ
    const keys = ['soon over', 'long']
    await asks(stand.store, 'set', 'long', dataOf('ada'))
    for (const each of ['America/Los_Angeles', 'Asia/Tokyo']) {
      process.env.TZ = each
      await asks(stand.store, 'set', 'soon over', dataOf('ada', 60_000))
      expect(await engineOn(stand.store).existing(keys)).toEqual(new Set(keys))
    }
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })

  test('keys with odd characters are told apart, and destroyed', async () => {
    await using stand = await open()
    const engine = engineOn(stand.store)
    for (const key of ODD) await asks(stand.store, 'set', key, dataOf('ada'))
    expect(await engine.existing(['gone', ...ODD])).toEqual(new Set(ODD))
    const [first = '', ...others] = ODD
    await engine.destroy(others)
    expect(await engine.existing(ODD)).toEqual(new Set([first]))
  })

  test('destroying is idempotent', async () => {
    await using stand = await open()
    const { store, traffic } = stand
    const engine = engineOn(store)
    for (const key of ['one', 'two', 'three']) await asks(store, 'set', key, dataOf('ada'))
    traffic?.take()
    for (let round = 0; round < 2; round++) await engine.destroy(['one', 'two', 'gone'])
    if (cost) expect(traffic?.take()).toEqual({ calls: cost === 'statement' ? 2 : 6, roundTrips: 2 })
    expect(await engine.existing(['one', 'two', 'three'])).toEqual(new Set(['three']))
  })
}

function appTests(open: () => Promise<StoreStand>): void {
  test('what is destroyed behind our back is listed no more and ended; what we end is gone from the store, and a slow save brings nothing back', async () => {
    await using stand = await open()
    const clock = fakeClock(Date.now())
    await using app = await startSlowApp({ store: stand.store, clock: clock.now })
    const [ada, phone, tablet] = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
    for (const browser of [ada, phone, tablet]) await browser.signIn('ada')
    expect(await app.sessions.user('ada').list()).toHaveLength(3)
    clock.advance(60_000)

    await asks(stand.store, 'destroy', keyOf(phone))
    expect(await app.sessions.user('ada').list()).toHaveLength(2)
    const ends = async () => (await app.sessions.user('ada').history()).map(({ endReason }) => endReason)
    await expect.poll(ends).toEqual(['expired'])

    const slow = tablet.get('/slow/save-and-write')
    await app.barrier.reached()
    expect((await ada.post(PAGE)).headers.get('location')).toContain('n=1')
    expect(await app.inStore(tablet)).toBe(false)
    app.barrier.release()
    expect((await slow).status).toBe(200)
    for (const browser of [phone, tablet]) {
      expect((await browser.json('/me')).status).toBe(401)
      expect(await app.inStore(browser)).toBe(false)
    }
    expect((await ada.json('/me')).status).toBe(200)
    expect(await app.inStore(ada)).toBe(true)
  })
}

function manyTest(open: () => Promise<StoreStand>, cost: Cost | undefined): void {
  test(`of 1000 sessions the list is one ${cost ?? 'call each'}, and so is the end of 999`, async () => {
    await using stand = await open()
    const { store, traffic } = stand
    const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, purgeInterval: 0 })
    const guarded = sessions.bind(new ExpressSessionEngine({ user: (data) => data.userId }), {}).guard(store)
    const keys = Array.from({ length: 1000 }, (_, index) => `key ${index}`)
    await Promise.all(keys.map((key) => asks(guarded, 'set', key, dataOf('ada'))))

    const calls = cost === 'statement' ? 1 : 1000
    traffic?.take()
    const listed = await sessions.user('ada').list()
    expect(listed).toHaveLength(1000)
    if (cost) expect(traffic?.take()).toEqual({ calls, roundTrips: 1 })
    expect(await sessions.user('ada').end(listed.slice(1).map(({ id }) => id))).toHaveLength(999)
    if (cost) expect(traffic?.take()).toEqual({ calls: Math.min(calls, 999), roundTrips: 1 })
    expect((await engineOn(store).existing(keys)).size).toBe(1)
    await sessions.close()
  })
}

function unknownTests(open: () => Promise<StoreStand>): void {
  test('unknown is not gone: a store that answers nonsense makes no session look gone', async (context) => {
    await using stand = await open()
    const { store, traffic } = stand
    if (!traffic) return context.skip()
    const engine = engineOn(store)
    await asks(store, 'set', 'one', dataOf('ada'))
    await engine.existing(['one'])
    for (const answer of [undefined, {}, 'nonsense', 7, [{}], [[{}]], { rows: [{ sids: 7 }] }, { rows: [{}] }]) {
      traffic.instead = { answer }
      const said = await engine.existing(['one']).catch((error: unknown) => error)
      if (!(said instanceof Error)) expect(said, JSON.stringify(answer)).toEqual(new Set(['one']))
    }
  })

  test('unknown is not gone: of a store that cannot be reached all is listed, and nothing ended', async (context) => {
    await using stand = await open()
    if (!stand.shut) return context.skip()
    const clock = fakeClock(Date.now())
    const options = { storage: 'memory:', secret: SECRET, purgeInterval: 0, clock: clock.now }
    const sessions = await createUserSessions({ ...options, logger: { warn: () => {}, error: () => {} } })
    const engine = new ExpressSessionEngine({ user: (data) => data.userId })
    const guarded = sessions.bind(engine, {}).guard(stand.store)
    for (const key of ['one', 'two']) await asks(guarded, 'set', key, dataOf('ada'))
    clock.advance(60_000)
    await stand.shut()
    await expect(engine.existing(['one', 'two'])).rejects.toThrow()
    await expect(engine.destroy(['one', 'two'])).rejects.toMatchObject({ name: 'AggregateError' })
    expect(await sessions.user('ada').list()).toHaveLength(2)
    await sessions.flush()
    expect(await sessions.user('ada').history()).toEqual([])
    await sessions.close()
  })
}
