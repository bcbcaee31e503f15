import session, { type Store } from 'express-session'
import { Context } from 'hono'
import { HonoSessionEngine } from '../../src/engine/hono-session.js'
import { HonoSessionsEngine } from '../../src/engine/hono-sessions.js'
import type { StoreRules } from '../../src/index.js'
import { bindingContract } from './binding-contract.js'
import { storeEngineContract } from './engine-contract.js'
import { startHono, startHonoSession } from './hono-app.js'
import { asHonoData, asHonoSessionsStore, asHonoStorage, withContractCallbacks } from './hono-stores.js'
import { interleavings } from './interleavings.js'

bindingContract('Hono 4 with hono-sessions', startHono)
interleavings(startHono, [{ rolling: false }, { rolling: true }])

bindingContract('Hono 4 with @hono/session', startHonoSession, { rekeys: false })
interleavings(startHonoSession, [{}])

const none = () => new Context(new Request('http://localhost/'))

storeEngineContract<Store>('hono-sessions', () => {
  const own = new HonoSessionsEngine<{ userId?: string }>({ user: (data) => data.userId })
  own.setup = { expireAfterSeconds: 5 }
  const store = new session.MemoryStore()
  const inner = asHonoSessionsStore(store)
  const guard = (_store: Store, rules: StoreRules) => {
    const guarded = own.guard(inner, rules)
    return withContractCallbacks({
      get: (key) => guarded.getSessionById(key),
      set: (key, data) => guarded.persistSessionData(key, asHonoData(data)),
      destroy: (key) => guarded.deleteSession(key),
    })
  }
  const engine = {
    authority: 'store' as const,
    guard,
    existing: own.existing.bind(own),
    destroy: own.destroy.bind(own),
  }
  return { engine, store, currentOfNone: () => own.current(none()) }
})

storeEngineContract<Store>('@hono/session', () => {
  const own = new HonoSessionEngine<{ userId?: string }>({ user: (data) => data.userId })
  own.lifetime = 5000
  const store = new session.MemoryStore()
  const inner = asHonoStorage(store)
  const guard = (_store: Store, rules: StoreRules) => {
    const guarded = own.guard(inner, rules)
    return withContractCallbacks({
      get: (key) => guarded.get(key),
      set: (key, data) => guarded.set(key, data),
      destroy: (key) => guarded.delete(key),
    })
  }
  const engine = {
    authority: 'store' as const,
    guard,
    existing: own.existing.bind(own),
    destroy: own.destroy.bind(own),
  }
  return { engine, store, currentOfNone: () => own.current(none()) }
})
