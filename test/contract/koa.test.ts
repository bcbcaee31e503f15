import { MemoryStore, type Store } from 'express-session'
import { KoaSessionEngine, type KoaSessionStore } from '../../src/engine/koa-session.js'
import { bindingContract } from './binding-contract.js'
import { storeEngineContract } from './engine-contract.js'
import { interleavings } from './interleavings.js'
import { koaStore, startKoa } from './koa-app.js'

bindingContract('Koa 3 with koa-session', startKoa)
interleavings(startKoa, [{ rolling: false }, { rolling: true }])

storeEngineContract('koa-session', () => {
  const engine = new KoaSessionEngine<{ userId?: string }>({ user: (data) => data.userId })
  return {
    // The contract asks with callbacks, koa-session with promises.
    engine: {
      authority: engine.authority,
      guard: (store: Store, rules) => withCallbacks(engine.guard(koaStore(store), rules)),
      existing: (keys) => engine.existing(keys),
      destroy: (keys) => engine.destroy(keys),
    },
    store: new MemoryStore(),
    data: { _maxAge: 5000, userId: 'ada' },
    currentOfNone: () => engine.current({ session: null, cookies: { set: () => {} } }),
  }
})

function withCallbacks(store: KoaSessionStore<{ userId?: string }>): Store {
  const answer = (work: Promise<unknown>, done: (error?: unknown, value?: unknown) => void) =>
    void work.then((value) => done(null, value), done)
  return Object.assign(new MemoryStore(), {
    get: (key: string, done: () => void) => answer(store.get(key, undefined, {}), done),
    set: (key: string, data: object, done: () => void) => answer(store.set(key, data, undefined, {}), done),
    destroy: (key: string, done: () => void) => answer(store.destroy(key, {}), done),
  })
}
