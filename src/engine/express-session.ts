import type { Cookie, Session, SessionData, Store } from 'express-session'
import { chunks } from './chunks.js'
import type { Claim, CurrentSession, SessionEngine, StoreRules } from './engine.js'
import { asks } from './express-store-call.js'
import { type BulkStore, bulkStore } from './express-stores.js'
import { type DataAccess, GuardedStore, type InnerStore } from './guarded-store.js'

/** Where the marker lies in the session's data. */
const MARKER = 'usersessions'
const SIDE_BY_SIDE = 16

/** express-session's data, as the app has declared it; Passport keeps the user id in `passport.user`. */
export type ExpressSessionData = Partial<SessionData> & { readonly passport?: { readonly user?: string | number } }

/** Options of {@link ExpressSessionEngine}. */
export interface ExpressSessionEngineOptions {
  /** Reads the signed-in user's id from the session's data; undefined when nobody is signed in. */
  readonly user: (data: ExpressSessionData) => string | number | bigint | null | undefined
}

/** What of a request express-session sets. */
export interface ExpressSessionRequest {
  session?: Session & Partial<SessionData>
  sessionID?: string
  sessionStore?: Store
  readonly res?: { appendHeader(name: string, value: string): unknown } | undefined
}

type Data = SessionData

/** Knows express-session 1.x (1.17 and later). Its session key is `req.sessionID`. */
export class ExpressSessionEngine implements SessionEngine<ExpressSessionRequest, Store> {
  readonly name = 'express-session'
  readonly authority = 'store'
  /** express-session's `name`. */
  cookieName = 'connect.sid'
  readonly #user: ExpressSessionEngineOptions['user']
  #inner: Store | undefined
  #bulk: BulkStore | undefined

  constructor({ user }: ExpressSessionEngineOptions) {
    this.#user = user
  }

  guard(store: Store, rules: StoreRules): Store {
    this.#inner = store
    this.#bulk = bulkStore(store)
    return proxyStore(store, new GuardedStore(promised(store), this.#access(), rules))
  }

  current(request: ExpressSessionRequest): CurrentSession | undefined {
    const { session, sessionID } = request
    if (!session || typeof sessionID !== 'string') return undefined
    return { key: sessionID, ...this.#claim(session) }
  }

  mark(request: ExpressSessionRequest, marker: string): void {
    if (request.session) Reflect.set(request.session, MARKER, marker)
  }

  async existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (!this.#bulk) throw new Error('The session middleware has not been set up yet.')
    return this.#bulk.existing(keys)
  }

  async destroy(keys: readonly string[]): Promise<void> {
    const inner = this.#inner
    if (!inner) return
    if (this.#bulk?.destroy) return this.#bulk.destroy(keys)
    const failures: unknown[] = []
    for (const chunk of chunks(keys, SIDE_BY_SIDE)) {
      const tried = await Promise.allSettled(chunk.map((key) => asks(inner, 'destroy', key)))
      for (const one of tried) if (one.status === 'rejected') failures.push(one.reason)
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${keys.length} not destroyed`)
  }

  async detach(request: ExpressSessionRequest): Promise<'anonymous' | 'must-answer'> {
    const store = request.sessionStore
    if (!store || !('generate' in store) || typeof store.generate !== 'function') return 'must-answer'
    store.generate(request)
    return 'anonymous'
  }

  async forget(request: ExpressSessionRequest): Promise<void> {
    if (request.session) this.#clearCookie(request, request.session.cookie)
  }

  async signOut(request: ExpressSessionRequest): Promise<void> {
    const { session } = request
    if (!session) return
    const { cookie } = session
    await new Promise<void>((resolve, reject) => {
      session.destroy((error: unknown) => (error ? reject(error) : resolve()))
    })
    this.#clearCookie(request, cookie)
  }

  /** A browser drops a cookie only for one with the same name, path and domain. */
  #clearCookie({ res }: ExpressSessionRequest, like: Cookie): void {
    const cookie: Cookie & { serialize?: (name: string, value: string) => string } = Object.create(like)
    cookie.expires = new Date(0)
    const header = cookie.serialize?.(this.cookieName, '')
    if (header !== undefined) res?.appendHeader('Set-Cookie', header)
  }

  #claim(data: ExpressSessionData): Claim {
    const cookie = data.cookie
    const marker: unknown = Reflect.get(data, MARKER)
    return {
      user: userId(this.#user(data)),
      marker: typeof marker === 'string' ? marker : undefined,
      lifetime: typeof cookie?.originalMaxAge === 'number' ? cookie.originalMaxAge : undefined,
    }
  }

  #access(): DataAccess<Data> {
    return {
      claim: (data) => this.#claim(data),
      mark: (data, marker) => {
        if (marker === undefined) Reflect.deleteProperty(data, MARKER)
        else Reflect.set(data, MARKER, marker)
      },
      request: (data) => {
        const request: unknown = Reflect.get(data, 'req')
        return typeof request === 'object' && request !== null ? request : undefined
      },
    }
  }
}

function userId(user: string | number | bigint | null | undefined): string | undefined {
  if (user === undefined || user === null) return undefined
  if (typeof user === 'string' || typeof user === 'number' || typeof user === 'bigint') return String(user) || undefined
  throw new TypeError(
    `The 'user' option of forExpress must return the user's id (a string or a number), not ${typeof user}. For a user object return its id: (data) => data.user?.id.`,
  )
}

function promised(store: Store): InnerStore<Data> {
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

/**
 * express-session wants an EventEmitter with `session.Store`'s methods. Those that build on the four guarded ones keep
 * the proxy as `this`; every other method is the inner store's own, so that its private fields are reached.
 */
function proxyStore(store: Store, guarded: GuardedStore<Data>): Store {
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

/** Answers the library's callback outside the promise, so that what it throws is its own. */
function settle(work: Promise<unknown>, done: Callback = () => {}): void {
  work.then(
    (value) => process.nextTick(done, null, value),
    (error: unknown) => process.nextTick(done, error),
  )
}
