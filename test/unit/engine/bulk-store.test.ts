import session, { type SessionData } from 'express-session'
import { expect, test } from 'vitest'
import { asks } from '../../../src/engine/callback-store.js'
import { openKnexOnSqlite } from '../../contract/knex-on-sqlite.js'
import { MongoLike, openMongoLike } from '../../contract/mongo-like.js'
import { dataOf, engineOn, type StoreStand } from '../../contract/store-contract.js'

/** A store of an app's own: how it answers, what it was asked, and how much at the same time. */
class Rows extends session.Store {
  readonly asked: string[] = []
  most = 0
  #underWay = 0

  constructor(private readonly answer: (key: string) => Promise<boolean>) {
    super()
  }

  get(key: string, done: (error: unknown, data?: SessionData | null) => void): void {
    this.asked.push(key)
    this.most = Math.max(this.most, ++this.#underWay)
    this.answer(key)
      .finally(() => this.#underWay--)
      .then(
        (has) => done(null, has ? { cookie: new session.Cookie() } : null),
        (error: unknown) => done(error),
      )
  }

  set(): void {}
  destroy(): void {}
  ids(): void {
    throw new Error('reads the whole table')
  }
  override all(): void {
    throw new Error('reads the whole table')
  }
}

const KEYS = Array.from({ length: 100 }, (_, index) => `key ${index}`)
const isThere = async (key: string) => !key.endsWith('7')
const fails = async () => {
  throw new Error('the server is away')
}

test('a store that nothing is known of is asked key by key, 16 at the same time, and never for all that it has', async () => {
  const store = new Rows(isThere)
  const found = await engineOn(store).existing(KEYS)
  expect([...found]).toEqual(KEYS.filter((key) => !key.endsWith('7')))
  expect(store.asked).toEqual(KEYS)
  expect(store.most).toBe(16)
})

test('a key that cannot be read counts as existing, and hides nothing of the others', async () => {
  const store = new Rows((key) => (key.endsWith('3') ? fails() : isThere(key)))
  const found = await engineOn(store).existing(KEYS)
  expect([...found]).toEqual(KEYS.filter((key) => !key.endsWith('7')))
  expect(await engineOn(store).existing(['one', 'bad 3'])).toEqual(new Set(['one', 'bad 3']))
})

test('a store that is away is asked for no more than 16 keys, and says nothing', async () => {
  const store = new Rows(fails)
  await expect(engineOn(store).existing(KEYS)).rejects.toThrow('the server is away')
  expect(store.asked).toHaveLength(16)
  await expect(engineOn(store).existing(['one'])).rejects.toThrow('the server is away')
})

/** A wrapper that keeps its sessions under other keys than it is asked for. */
function renaming(store: object): object {
  const rename =
    (method: string) =>
    (key: string, ...rest: unknown[]) =>
      Reflect.apply(Reflect.get(store, method), store, [`tenant 1/${key}`, ...rest])
  return Object.assign(Object.create(store), {
    get: rename('get'),
    set: rename('set'),
    destroy: rename('destroy'),
  })
}

const KINDS: readonly (readonly [string, () => Promise<StoreStand>])[] = [
  ['connect-session-knex', openKnexOnSqlite],
  ['connect-mongo', openMongoLike],
]

test.each(KINDS)('a %s whose methods a subclass or wrapper has changed is asked by those', async (_name, open) => {
  await using stand = await open()
  const store = renaming(stand.store)
  for (const key of ['one', 'two']) await asks(store, 'set', key, dataOf('ada'))
  const engine = engineOn(store)
  expect(await engine.existing(['one', 'two', 'gone'])).toEqual(new Set(['one', 'two']))
  await engine.destroy(['one'])
  expect(await engine.existing(['one', 'two'])).toEqual(new Set(['two']))
})

test('a subclass that loads and destroys as its parent does is asked in one statement still', async () => {
  await using stand = await openMongoLike(
    class extends MongoLike {
      override set(key: string, data: SessionData, done?: (error?: unknown) => void): void {
        super.set(key, { ...data, count: 1 }, done)
      }
    },
  )
  for (const key of ['one', 'two']) await asks(stand.store, 'set', key, dataOf('ada'))
  expect(await engineOn(stand.store).existing(['one', 'two'])).toEqual(new Set(['one', 'two']))
  expect(stand.traffic?.take()).toEqual({ calls: 1, roundTrips: 1 })
})

test('a look-up in bulk that has found no key yet is not believed: each is asked for', async () => {
  class Changed extends Rows {
    /** As where a later version keeps its keys in another way. */
    found: string[] = []
    existing = async () => this.found
  }
  const store = new Changed(isThere)
  const engine = engineOn(store)
  expect(await engine.existing(['one', 'gone 7'])).toEqual(new Set(['one']))
  expect(store.asked).toEqual(['one', 'gone 7'])
  store.found = ['two']
  expect(await engine.existing(['one', 'two'])).toEqual(new Set(['two']))
  expect(store.asked).toHaveLength(2)
})

test.each([
  ['no list', async () => ({ one: true })],
  ['what is no key', async () => [1]],
  ['nothing', async () => undefined],
])('an `existing` of the store’s own that answers %s is told what to answer', async (_what, existing) => {
  const store = Object.assign(new Rows(isThere), { existing })
  await expect(engineOn(store).existing(['one'])).rejects.toThrow(/must answer an array or a Set of the keys/)
})
