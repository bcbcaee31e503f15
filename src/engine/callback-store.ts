import type { StoreRules } from './engine.js'
import { type DataAccess, GuardedStore, type InnerStore } from './guarded-store.js'

/**
 * Calls a store's callback method and waits for it. Some stores also return a promise that rejects beside the callback;
 * that rejection is theirs and ours alike, so nobody is left with an unhandled one. A missing file is no session.
 */
export function asks<Answer>(store: object, method: string, ...args: readonly unknown[]): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const call: unknown = Reflect.get(store, method)
    if (typeof call !== 'function') return reject(new TypeError(`The session store has no method '${method}'.`))
    const fail = (error: unknown) => (isMissing(error) ? resolve(undefined) : reject(error))
    const answer: unknown = call.call(store, ...args, (error: unknown, value?: Answer | null) =>
      error ? fail(error) : resolve(value ?? undefined),
    )
    if (answer instanceof Promise) answer.catch(fail)
  })
}

/**
 * Guards a store with callbacks, as express-session and @fastify/session have. express-session wants an EventEmitter with
 * `session.Store`'s methods: those that build on the four guarded ones keep the proxy as `this`; every other method is the
 * inner store's own, so that its private fields are reached.
 */
export function guardCallbackStore<Store extends object, Data>(
  store: Store,
  access: DataAccess<Data>,
  rules: StoreRules,
): Store {
  const guarded = new GuardedStore(promised<Data>(store), access, rules)
  const overrides = new Map<PropertyKey, unknown>([
    ['get', (key: string, done?: Callback) => settle(guarded.get(key), done)],
    ['set', (key: string, data: Data, done?: Callback) => settle(guarded.set(key, data), done)],
    ['destroy', (key: string, done?: Callback) => settle(guarded.destroy(key), done)],
  ])
  // express-session tests for it: a store without touch must not seem to have one.
  if (typeof Reflect.get(store, 'touch') === 'function') {
    overrides.set('touch', (key: string, data: Data, done?: Callback) => settle(guarded.touch(key, data), done))
  }
  const unbound = new Set<PropertyKey>(['regenerate', 'load', 'createSession', 'generate', 'constructor'])
  return new Proxy(store, {
    get(target, name) {
      if (overrides.has(name)) return overrides.get(name)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' && !unbound.has(name) ? value.bind(target) : value
    },
  })
}

function promised<Data>(store: object): InnerStore<Data> {
  return {
    get: (key) => asks<Data>(store, 'get', key),
    set: async (key, data) => {
      await asks(store, 'set', key, data)
    },
    touch: async (key, data) => {
      await asks(store, 'touch', key, data)
    },
    destroy: async (key) => {
      await asks(store, 'destroy', key)
    },
  }
}

type Callback = (error?: unknown, value?: unknown) => void

/** Answers the library's callback outside the promise, so that what it throws is its own. */
function settle(work: Promise<unknown>, done: Callback = () => {}): void {
  work.then(
    (value) => process.nextTick(done, null, value),
    (error: unknown) => process.nextTick(done, error),
  )
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
