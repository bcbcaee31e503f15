import type { Context } from 'hono'
import { cookieSessionData, type UserIdInData } from './cookie-session-data.js'
import type { Claim, CurrentSession, StoreEngine, StoreRules } from './engine.js'
import { type DataAccess, GuardedStore, type InnerStore } from './guarded-store.js'
import { type Answer, withCallbacks } from './promise-store.js'
import { takeSetCookie } from './take-set-cookie.js'
import { UnguardedStore } from './unguarded-store.js'

/** What hono-sessions keeps of a session, its `SessionData`. */
export interface HonoSessionsData {
  _id?: string
  _data: Record<string, { value: unknown; flash: boolean }>
  _expire: string | null
  _delete: boolean
  _accessed: string | null
}

/** A store of hono-sessions, its `Store`. */
export interface HonoSessionsStore {
  getSessionById(key?: string): Answer<HonoSessionsData | null | undefined>
  createSession(key: string, data: HonoSessionsData): Answer<void>
  persistSessionData(key: string, data: HonoSessionsData): Answer<void>
  deleteSession(key: string): Answer<void>
}

/** A session of hono-sessions, its `Session`, as far as we need it. */
export interface HonoSessionsSession {
  getCache(): HonoSessionsData
  setCache(data: HonoSessionsData, isNew?: boolean): void
  deleteSession(): void
}

/** What an app may keep in a session, by name. */
export type HonoStored = Readonly<Record<string, UserIdInData>>

/** Options of {@link HonoSessionsEngine}. */
export interface HonoSessionsEngineOptions<Stored> {
  /** Reads the signed-in user's id from the session's data; undefined when nobody is signed in. */
  readonly user: (data: Stored) => UserIdInData
}

/** Of hono-sessions' options, what an engine must know. */
export interface HonoSessionsSetup {
  readonly sessionCookieName?: string
  readonly expireAfterSeconds?: number
}

const MARKER = 'usersessions'

/** Knows hono-sessions 0.8. Its session key is the `_id` of what it has loaded; it makes a new one only after the handlers. */
export class HonoSessionsEngine<Stored> implements StoreEngine<Context, HonoSessionsStore> {
  readonly name = 'hono-sessions'
  readonly authority = 'store'
  setup: HonoSessionsSetup = {}
  readonly #access: DataAccess<HonoSessionsData>
  readonly #unguarded = new UnguardedStore()
  readonly #requests = new WeakMap<HonoSessionsData, Context>()
  /** Under which key the library has made what it holds. */
  readonly #keys = new WeakMap<HonoSessionsData, string>()
  readonly #forgetting = new WeakSet<Context>()
  readonly #views = new WeakMap<HonoSessionsStore, object>()
  #own: { readonly inner: HonoSessionsStore; readonly guarded: HonoSessionsStore } | undefined

  constructor({ user }: HonoSessionsEngineOptions<Stored>) {
    const flat = cookieSessionData((data: object) => user(Object(data)), 'forHono')
    this.#access = {
      claim: (data): Claim => ({ ...flat.claim(values(data)), lifetime: this.#lifetime(data) }),
      mark: (data, marker) => {
        if (marker === undefined) delete data._data[MARKER]
        else data._data[MARKER] = { value: marker, flash: false }
      },
      request: (data) => this.#requests.get(data),
    }
  }

  guard(store: HonoSessionsStore, rules: StoreRules): HonoSessionsStore {
    const view =
      this.#views.get(store) ??
      withCallbacks(store, {
        get: (key) => store.getSessionById(key),
        destroy: (key) => store.deleteSession(key),
      })
    this.#views.set(store, view)
    this.#unguarded.use(view)
    const guarded = this.#guard(store, rules)
    this.#own = { inner: store, guarded }
    return guarded
  }

  #guard(store: HonoSessionsStore, rules: StoreRules): HonoSessionsStore {
    const persisting = new GuardedStore(innerStore(store), this.#access, rules)
    const createSession = async (key: string, data: HonoSessionsData) => store.createSession(key, copyOf(data))
    const creating = new GuardedStore({ ...innerStore(store), set: createSession }, this.#access, rules)
    return {
      getSessionById: async (key) => (key === undefined ? undefined : persisting.get(key)),
      createSession: (key, data) => {
        this.#keys.set(data, key)
        // Nobody's yet, as at each first visit: there is nothing to rule on.
        const isNobodys = !this.#requests.has(data) && this.#access.claim(data).user === undefined
        return isNobodys ? createSession(key, data) : creating.set(key, data)
      },
      persistSessionData: (key, data) => persisting.set(key, data),
      deleteSession: (key) => persisting.destroy(key),
    }
  }

  /** The library has loaded the request's session, and the handlers are about to run. */
  began(request: Context): void {
    const cache = sessionOf(request)?.getCache()
    if (cache) this.#requests.set(cache, request)
  }

  current(request: Context): CurrentSession | undefined {
    const cache = sessionOf(request)?.getCache()
    if (cache?._id === undefined || cache._delete) return undefined
    return { key: cache._id, ...this.#access.claim(cache) }
  }

  mark(request: Context, marker: string): void {
    const cache = sessionOf(request)?.getCache()
    if (cache) this.#access.mark(cache, marker)
  }

  existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#unguarded.existing(keys)
  }

  destroy(keys: readonly string[]): Promise<void> {
    return this.#unguarded.destroy(keys)
  }

  /** The library would save what follows under the ended key: with a rotation it takes a fresh one. */
  async detach(request: Context): Promise<'anonymous' | 'must-answer'> {
    const session = sessionOf(request)
    if (!session) return 'must-answer'
    session.setCache({ _data: {}, _expire: null, _delete: false, _accessed: null }, true)
    request.set('session_key_rotation', true)
    this.began(request)
    return 'anonymous'
  }

  async forget(request: Context): Promise<void> {
    this.#forgetting.add(request)
  }

  async signOut(request: Context): Promise<void> {
    const session = sessionOf(request)
    if (!session) return
    const { _id: key } = session.getCache()
    // The library itself would destroy it only once the handlers are done.
    if (key !== undefined) await this.#own?.guarded.deleteSession(key)
    session.deleteSession()
    this.#forgetting.add(request)
  }

  /**
   * The library sets its cookie in every answer, and replaces that of an ended session with one of an empty session: then
   * the login page would no longer know of the end. Where nothing was put into that, the cookie stays until {@link forget}.
   */
  async finish(request: Context, { isEnded }: { readonly isEnded: boolean }): Promise<void> {
    const cache = sessionOf(request)?.getCache()
    const mustForget = this.#forgetting.has(request)
    if (!cache || !(isEnded || mustForget)) return
    if (!cache._delete && Object.keys(cache._data).length > 0) return
    const [header] = takeSetCookie(request, this.setup.sessionCookieName ?? 'session').slice(-1)
    if (mustForget && header !== undefined) request.header('Set-Cookie', clearing(header), { append: true })
    const key = this.#keys.get(cache)
    if (key !== undefined && !cache._delete) await this.#own?.inner.deleteSession(key)
  }

  #lifetime({ _expire }: HonoSessionsData): number | undefined {
    const { expireAfterSeconds } = this.setup
    if (expireAfterSeconds !== undefined) return expireAfterSeconds * 1000
    return _expire === null || _expire === undefined ? undefined : Math.max(0, Date.parse(_expire) - Date.now())
  }
}

function sessionOf(request: Context): HonoSessionsSession | undefined {
  return request.get('session')
}

/** A browser drops a cookie only for one with the same name, path and domain: those of the library's own. */
function clearing(header: string): string {
  const [pair = '', ...attributes] = header.split(';')
  const kept = attributes.filter((one) => !/^\s*(max-age|expires)=/i.test(one))
  return [`${pair.slice(0, pair.indexOf('='))}=`, ...kept, ' Max-Age=0'].join(';')
}

/** What handlers see of it: a name and a value each. */
function values({ _data }: HonoSessionsData): object {
  return Object.fromEntries(Object.entries(_data ?? {}).map(([name, entry]) => [name, entry?.value]))
}

function innerStore(store: HonoSessionsStore): InnerStore<HonoSessionsData> {
  const set = async (key: string, data: HonoSessionsData) => store.persistSessionData(key, copyOf(data))
  return {
    get: async (key) => {
      const data = await store.getSessionById(key)
      return data ? copyOf(data) : undefined
    },
    set,
    touch: set,
    destroy: async (key) => store.deleteSession(key),
  }
}

/** A store in memory hands out what it holds: what a handler has changed and not saved must not be in the store. */
function copyOf(data: HonoSessionsData): HonoSessionsData {
  return { ...data, _data: { ...data._data } }
}
