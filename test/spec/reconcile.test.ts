import type { Store } from 'express-session'
import { expect, test } from 'vitest'
import { asks } from '../../src/engine/callback-store.js'
import { ExpressSessionEngine } from '../../src/engine/express-session.js'
import { createUserSessions, type Storage } from '../../src/index.js'
import { openOwnBulk } from '../contract/own-bulk.js'
import { dataOf, type StoreStand } from '../contract/store-contract.js'
import { SECRET } from './app.js'
import { Browser } from './browser.js'
import { countedStorage } from './counted-storage.js'
import { fakeClock } from './fake-clock.js'
import { keyOf, startSlowApp } from './slow-app.js'

const QUIET = { warn: () => {}, error: () => {} }

/** An app that runs, with this many sessions of as many users in turn, and the keys of those sessions. */
async function manySessions(count: number, users: number, wrap = (storage: Storage): Storage => storage) {
  const clock = fakeClock(Date.now())
  const counted = await countedStorage({ clock: clock.now })
  const storage = wrap(counted.storage)
  const options = { storage, secret: SECRET, purgeInterval: 0, clock: clock.now, logger: QUIET }
  const sessions = await createUserSessions(options)
  const stand: StoreStand = await openOwnBulk()
  const guarded = sessions.bind(new ExpressSessionEngine({ user: (data) => data.userId }), {}).guard(stand.store)
  const keys = Array.from({ length: count }, (_, index) => `key ${index}`)
  await Promise.all(keys.map((key, index) => asks(guarded, 'set', key, dataOf(`user ${index % users}`))))
  clock.advance(60_000)
  const ended: string[] = []
  sessions.on('sessionEnded', ({ session, ending }) => void ended.push(`${ending.reason} ${session.id}`))
  const live = async () => (await sessions.everyone.search({ limit: 100 })).filter(({ endedAt }) => endedAt === null)
  return { ...stand, ...counted, sessions, keys, ended, live }
}

async function lose(store: Store, keys: readonly string[]): Promise<void> {
  for (const key of keys) await asks(store, 'destroy', key)
}

test('what the store lost is ended over all users: for each thousand one statement, one look-up and one destroy, and the ends', async () => {
  const app = await manySessions(2500, 250)
  const { sessions, store, keys, traffic, takeStatements } = app
  // Of users 0 to 9, all.
  await lose(
    store,
    keys.filter((_, index) => index % 250 < 10),
  )
  takeStatements()
  traffic?.take()
  const progress: number[] = []
  expect(await sessions.everyone.reconcile({ dryRun: true })).toBe(100)
  const pages = 3
  expect(takeStatements()).toHaveLength(pages)
  expect(traffic?.take().calls).toBe(pages)

  expect(await sessions.everyone.reconcile({ onProgress: (count) => void progress.push(count) })).toBe(100)
  const read = takeStatements().filter((sql) => /^select/.test(sql) && /limit/.test(sql))
  expect(read).toHaveLength(pages)
  expect(traffic?.take().calls).toBe(2 * pages)
  expect(progress.at(-1)).toBe(100)
  await sessions.flush()
  expect(new Set(app.ended).size).toBe(100)
  expect(app.ended.every((each) => each.startsWith('expired'))).toBe(true)
  expect(await sessions.everyone.reconcile()).toBe(0)
  expect(await sessions.user('user 10').list()).toHaveLength(10)
  await sessions.close()
})

test('a store that goes away on the way ends nothing that it did not tell of; a second run ends the rest, and nothing twice', async () => {
  const app = await manySessions(1500, 1500)
  const { sessions, store, keys } = app
  await lose(store, keys.slice(0, 100))
  await lose(store, keys.slice(-100))
  let asked = 0
  const existing: unknown = Reflect.get(store, 'existing')
  if (typeof existing !== 'function') throw new TypeError('no existing')
  Reflect.set(store, 'existing', async (chunk: unknown) => {
    if (++asked === 2) throw new Error('the server is away')
    return Reflect.apply(existing, store, [chunk])
  })
  const progress: number[] = []
  const failing = sessions.everyone.reconcile({ onProgress: (count) => void progress.push(count) })
  await expect(failing).rejects.toMatchObject({ code: 'store_unavailable', cause: { message: 'the server is away' } })
  const [first = 0] = progress
  expect(first).toBeGreaterThan(0)
  expect(await sessions.everyone.reconcile()).toBe(200 - first)
  await sessions.flush()
  expect([app.ended.length, new Set(app.ended).size]).toEqual([200, 200])
  await sessions.close()
})

test('where the end of one user’s fails, what has ended is told of none the less, and a second run ends the rest', async () => {
  let failures = 0
  const app = await manySessions(12, 12, (storage) => ({
    ...storage,
    async end(user, ...rest) {
      if (user === 'user 3' && failures++ === 0) throw new Error('the disk is full')
      return storage.end(user, ...rest)
    },
  }))
  const { sessions, store, keys } = app
  await lose(store, keys)
  await expect(sessions.everyone.reconcile()).rejects.toThrow('the disk is full')
  await sessions.flush()
  const before = app.ended.length
  expect(before).toBe(12 - (await app.live()).length)
  expect(before).toBeGreaterThan(0)
  expect(await sessions.everyone.reconcile()).toBe(12 - before)
  await sessions.flush()
  expect(new Set(app.ended).size).toBe(12)
  await sessions.close()
})

test('while the app runs, neither a session just made nor one that is being re-keyed is taken for gone', async () => {
  const clock = fakeClock(Date.now())
  await using app = await startSlowApp({ clock: clock.now })
  const [ada, bob, carol] = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  await ada.signIn('ada')
  await carol.signIn('carol')
  clock.advance(60_000)
  // As long as its save is under way, the store has nothing of it.
  await bob.signIn('bob')
  await asks(app.store, 'destroy', keyOf(bob))
  await asks(app.store, 'destroy', keyOf(carol))
  const slow = ada.get('/slow/regenerate')
  await app.barrier.reached()
  expect(await app.sessions.everyone.reconcile()).toBe(1)
  app.barrier.release()
  await slow
  expect((await ada.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  expect(await app.sessions.user('bob').history()).toEqual([])
  expect(await app.sessions.user('carol').history()).toHaveLength(1)
})

test('a session that was re-keyed after its page was read is not ended', async () => {
  const clock = fakeClock(Date.now())
  await using app = await startSlowApp({ clock: clock.now })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  clock.advance(60_000)
  // The store is asked once the page has been read: re-keys it before it answers.
  const get: unknown = Reflect.get(app.store, 'get')
  if (typeof get !== 'function') throw new TypeError('no get')
  let isFirst = true
  Reflect.set(app.store, 'get', async (key: string, done: (error: unknown, data?: unknown) => void) => {
    if (isFirst && key === keyOf(ada)) {
      isFirst = false
      const slow = ada.get('/slow/regenerate')
      await app.barrier.reached()
      app.barrier.release()
      await slow
    }
    Reflect.apply(get, app.store, [key, done])
  })
  expect(await app.sessions.everyone.reconcile()).toBe(0)
  expect(isFirst).toBe(false)
  expect((await ada.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})
