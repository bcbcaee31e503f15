import { describe, expect, test } from 'vitest'
import { asks } from '../../src/engine/callback-store.js'
import type { StoreEngine as EnginePort, SaveRuling, StoreRules } from '../../src/index.js'

/** An engine over a session library whose store has callbacks, and what the contract needs to drive it. */
export interface StoreEngine<Store extends object> {
  /** Reads the user from `userId` in the data. */
  readonly engine: Pick<EnginePort<never, Store>, 'guard' | 'existing' | 'destroy' | 'authority'>
  /** A store of the library's, in memory. */
  readonly store: Store
  /** What the library stores of ada's session that lives for five seconds, if it is not as express-session has it. */
  readonly data?: object
  /** Asks the engine for the session of a request that has none. */
  currentOfNone(): unknown
}

/** What the guarded store does with each ruling, and what an engine does with keys. */
export function storeEngineContract<Store extends object>(name: string, open: () => StoreEngine<Store>): void {
  describe(`${name}: the guarded store`, () => guardedStore(open))
  describe(`${name}: keys`, () => keys(open))
}

const DATA: object = { cookie: { originalMaxAge: 5000 }, userId: 'ada' }
/** What stores keep of it: some the object itself, some its JSON. */
const saved = (more: object = {}) => expect.objectContaining({ userId: 'ada', ...more })

/** Rules that let everything pass, and note what they were asked. */
function notedRules(changes: Partial<StoreRules> = {}) {
  const asked: unknown[] = []
  const store: SaveRuling = { store: true, marker: 'the marker' }
  const rules: StoreRules = {
    loaded: async (key, claim) => Boolean(asked.push(['loaded', key, claim])),
    saving: async (key, claim, _previous, request) => {
      asked.push(['saving', key, claim, request])
      return store
    },
    saved: (key, claim) => Boolean(asked.push(['saved', key, claim.user])),
    touching: async (key) => Boolean(asked.push(['touching', key])),
    destroying: async (key, previous) => void asked.push(['destroying', key, (await previous())?.user]),
    ...changes,
  }
  return { rules, asked }
}

function guardedStore<Store extends object>(open: () => StoreEngine<Store>): void {
  test('a save is judged by what the data says, marked, and judged once more when it is done', async () => {
    const { engine, store, data = DATA } = open()
    const { rules, asked } = notedRules()
    const guarded = engine.guard(store, rules)
    await asks(guarded, 'set', 'a key', { ...data })
    const claim = { user: 'ada', marker: undefined, lifetime: 5000 }
    expect(asked).toEqual([
      ['saving', 'a key', claim, undefined],
      ['saved', 'a key', 'ada'],
    ])
    expect(await asks(store, 'get', 'a key')).toEqual(saved({ usersessions: 'the marker' }))
    await asks(guarded, 'get', 'a key')
    expect(asked.at(-1)).toEqual(['loaded', 'a key', { ...claim, marker: 'the marker' }])
  })

  test('a save that is refused does not happen, and the key goes if it is the ended one’s', async () => {
    const { engine, store } = open()
    await asks(store, 'set', 'a key', { ...DATA, count: 1 })
    for (const destroy of [false, true]) {
      const { rules } = notedRules({ saving: async () => ({ store: false, destroy }) })
      await asks(engine.guard(store, rules), 'set', 'a key', { ...DATA, count: 2 })
      expect(await asks(store, 'get', 'a key')).toEqual(destroy ? undefined : saved({ count: 1 }))
    }
  })

  test('a save whose session ended meanwhile is undone', async () => {
    const { engine, store } = open()
    const { rules } = notedRules({ saved: () => false })
    await asks(engine.guard(store, rules), 'set', 'a key', { ...DATA })
    expect(await asks(store, 'get', 'a key')).toBeUndefined()
  })

  test('a ruling without a marker removes the one there was', async () => {
    const { engine, store } = open()
    const { rules } = notedRules({ saving: async () => ({ store: true, marker: undefined }) })
    await asks(engine.guard(store, rules), 'set', 'a key', { ...DATA, usersessions: 'old' })
    expect(await asks(store, 'get', 'a key')).not.toHaveProperty('usersessions')
  })

  test('an ended session loads as nothing, and its key goes', async () => {
    const { engine, store } = open()
    await asks(store, 'set', 'a key', { ...DATA })
    const { rules } = notedRules({ loaded: async () => false })
    expect(await asks(engine.guard(store, rules), 'get', 'a key')).toBeUndefined()
    expect(await asks(store, 'get', 'a key')).toBeUndefined()
  })

  test('a key that the store has not is judged all the same', async () => {
    const { engine, store } = open()
    const { rules, asked } = notedRules()
    expect(await asks(engine.guard(store, rules), 'get', 'a key')).toBeUndefined()
    expect(asked).toEqual([['loaded', 'a key', undefined]])
  })

  test('a destroy is told before it happens, with what the store still holds', async () => {
    const { engine, store } = open()
    await asks(store, 'set', 'a key', { ...DATA })
    const { rules, asked } = notedRules()
    await asks(engine.guard(store, rules), 'destroy', 'a key')
    expect(asked).toEqual([['destroying', 'a key', 'ada']])
    expect(await asks(store, 'get', 'a key')).toBeUndefined()
  })

  test('a fault of the store reaches the library’s callback', async () => {
    const { engine, store } = open()
    const guarded = engine.guard(store, notedRules().rules)
    Reflect.set(store, 'set', (_key: string, _data: object, done: (error: Error) => void) => done(new Error('full')))
    await expect(asks(guarded, 'set', 'a key', { ...DATA })).rejects.toThrow('full')
  })

  test('a user that is no id is refused in words', async () => {
    const { engine, store } = open()
    const guarded = engine.guard(store, notedRules().rules)
    await expect(asks(guarded, 'set', 'a key', { ...DATA, userId: { id: 1 } })).rejects.toThrow(
      /must return the user's id/,
    )
  })
}

function keys<Store extends object>(open: () => StoreEngine<Store>): void {
  test('a request without a session has none, and gets none', () => {
    expect(open().currentOfNone()).toBeUndefined()
  })

  test('before the library is set up, which keys exist cannot be known, and there is nothing to destroy', async () => {
    const { engine } = open()
    await expect(engine.existing(['a key'])).rejects.toThrow()
    await engine.destroy(['a key'])
  })

  test('the keys that exist are told among many, and destroying is idempotent', async () => {
    const { engine, store } = open()
    engine.guard(store, notedRules().rules)
    for (const key of ['one', 'two', 'three']) await asks(store, 'set', key, { ...DATA })
    const many = ['one', 'three', ...Array.from({ length: 100 }, (_, index) => `gone ${index}`)]
    expect(await engine.existing(many)).toEqual(new Set(['one', 'three']))
    for (let round = 0; round < 2; round++) await engine.destroy(many)
    expect(await engine.existing([...many, 'two'])).toEqual(new Set(['two']))
  })

  test('all keys are tried, and what failed is told together', async () => {
    const { engine, store } = open()
    engine.guard(store, notedRules().rules)
    for (const key of ['one', 'two', 'three']) await asks(store, 'set', key, { ...DATA })
    const destroy: (...args: unknown[]) => unknown = Object(store).destroy
    Reflect.set(store, 'destroy', (key: string, done: (error?: Error) => void) =>
      key === 'two' ? done(new Error('away')) : destroy.call(store, key, done),
    )
    await expect(engine.destroy(['one', 'two', 'three'])).rejects.toThrow(AggregateError)
    expect(await engine.existing(['one', 'two', 'three'])).toEqual(new Set(['two']))
  })

  test('unknown is not gone: a store that fails makes `existing` fail', async () => {
    const { engine, store } = open()
    Reflect.set(store, 'get', (_key: string, done: (error: Error) => void) => done(new Error('away')))
    engine.guard(store, notedRules().rules)
    await expect(engine.existing(['a key'])).rejects.toThrow('away')
  })
}
