import type { Store } from 'express-session'
import { asks } from '../../src/engine/callback-store.js'
import type { HonoSessionStorage } from '../../src/engine/hono-session.js'
import type { HonoSessionsData, HonoSessionsStore } from '../../src/engine/hono-sessions.js'

interface Flat {
  readonly hono?: Omit<HonoSessionsData, '_data'>
}

/** A store of express-session as one of hono-sessions; what handlers keep lies in it as it would for express-session. */
export function asHonoSessionsStore(store: object): HonoSessionsStore {
  const set = async (key: string, { _data, ...hono }: HonoSessionsData) => {
    const values = Object.entries(_data).map(([name, { value }]) => [name, value])
    await asks(store, 'set', key, { ...Object.fromEntries(values), cookie: {}, hono })
  }
  return {
    getSessionById: async (key) => {
      const found = await asks<Flat & object>(store, 'get', key)
      if (!found) return undefined
      const { hono, ...rest } = found
      const entries = Object.entries(rest).filter(([name]) => name !== 'cookie')
      const _data = Object.fromEntries(entries.map(([name, value]) => [name, { value, flash: false }]))
      return { _expire: null, _delete: false, _accessed: null, ...hono, _data }
    },
    createSession: set,
    persistSessionData: set,
    deleteSession: async (key) => void (await asks(store, 'destroy', key)),
  }
}

/** A store of express-session as one of @hono/session. */
export function asHonoStorage(store: object): HonoSessionStorage {
  return {
    get: async (key) => (await asks<object>(store, 'get', key)) ?? null,
    set: async (key, data) => void (await asks(store, 'set', key, { cookie: {}, ...data })),
    delete: async (key) => void (await asks(store, 'destroy', key)),
  }
}

/** A guarded store that answers with promises, as the contract of engines asks it: with callbacks. */
export function withContractCallbacks(calls: {
  get(key: string): unknown
  set(key: string, data: object): unknown
  destroy(key: string): unknown
}): Store {
  type Done = (error?: unknown, value?: unknown) => void
  const answer = async (work: () => unknown, done: Done) => {
    try {
      done(null, await work())
    } catch (error) {
      done(error)
    }
  }
  return Object({
    get: (key: string, done: Done) => void answer(() => calls.get(key), done),
    set: (key: string, data: object, done: Done) => void answer(() => calls.set(key, data), done),
    destroy: (key: string, done: Done) => void answer(() => calls.destroy(key), done),
  })
}

/** Data as express-session has it, as hono-sessions does. */
export function asHonoData({ cookie: _cookie, ...data }: { readonly cookie?: unknown }): HonoSessionsData {
  const entries = Object.entries(data).map(([name, value]) => [name, { value, flash: false }])
  return { _data: Object.fromEntries(entries), _expire: null, _delete: false, _accessed: null }
}
