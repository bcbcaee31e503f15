/** What a store answers that does not say whether it does so at once. */
export type Answer<Value> = Value | Promise<Value>

/** A store whose methods answer, as what deals with stores of callbacks takes it. */
export interface PromiseStore {
  get(key: string): Answer<unknown>
  destroy(key: string): Answer<unknown>
}

/**
 * The same store with callbacks, so that it can be asked about many keys as others are. What it offers for that itself
 * (`existing`, `destroyMany`) it offers here, too.
 */
export function withCallbacks(store: object, { get, destroy }: PromiseStore): object {
  const overrides = new Map<PropertyKey, unknown>([
    ['get', (key: string, done: Callback) => settle(get, key, done)],
    ['destroy', (key: string, done: Callback) => settle(destroy, key, done)],
  ])
  return new Proxy(store, {
    get(target, name) {
      if (overrides.has(name)) return overrides.get(name)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

type Callback = (error: unknown, value?: unknown) => void

function settle(ask: (key: string) => unknown, key: string, done: Callback): void {
  Promise.resolve()
    .then(() => ask(key))
    .then(
      (value) => done(null, value),
      (error: unknown) => done(error ?? new Error('the session store failed')),
    )
}
