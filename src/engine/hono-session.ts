import type { Context } from 'hono'
import { cookieSessionData, type UserIdInData } from './cookie-session-data.js'
import type { Claim, CurrentSession, StoreEngine, StoreRules } from './engine.js'
import { type DataAccess, GuardedStore, type InnerStore } from './guarded-store.js'
import { type Answer, withCallbacks } from './promise-store.js'
import { UnguardedStore } from './unguarded-store.js'

/** A storage of @hono/session, its `Storage`; it may answer with promises. */
export interface HonoSessionStorage<Stored = object> {
  get(key: string): Answer<Stored | null | undefined>
  set(key: string, data: Stored): unknown
  delete(key: string): unknown
}

/** A session of @hono/session, its `Session`, as far as we need it. */
export interface HonoSessionSession {
  /** Throws until it has been loaded, and once it is deleted. */
  readonly data: object | null
  /** Throws when `data` does. */
  readonly id: string | null
  get(): Promise<object | null>
  delete(): void
}

/** Options of {@link HonoSessionEngine}. */
export interface HonoSessionEngineOptions<Stored> {
  /** Reads the signed-in user's id from the session's data; undefined when nobody is signed in. */
  readonly user: (data: Stored) => UserIdInData
}

/** One request, beside what the library knows of it. */
interface Visit {
  /** What its cookie names, and what the storage had under it. */
  readonly key: string
  data: object | undefined
  /** The storage was asked already: the library's first load need not ask it again. */
  isFresh: boolean
  isDetached: boolean
  isMarked: boolean
}

interface Own {
  readonly inner: InnerStore<object>
  readonly rules: StoreRules
}

/** Knows @hono/session 0.2 with a storage. Its session key is `c.var.session.id`, and stays the same at a sign-in. */
export class HonoSessionEngine<Stored> implements StoreEngine<Context, HonoSessionStorage> {
  readonly name = '@hono/session'
  readonly authority = 'store'
  /** From the library's `duration`, milliseconds. */
  lifetime: number | undefined
  readonly #access: Omit<DataAccess<object>, 'request'>
  readonly #unguarded = new UnguardedStore()
  readonly #views = new WeakMap<HonoSessionStorage, object>()
  readonly #visits = new WeakMap<Context, Visit>()
  readonly #saving = new WeakMap<Context, Promise<void>>()
  readonly #forgetting = new WeakSet<Context>()
  #own: Own | undefined

  constructor({ user }: HonoSessionEngineOptions<Stored>) {
    const { claim, mark } = cookieSessionData((data: object) => user(Object(data)), 'forHonoSession')
    this.#access = { claim: (data): Claim => ({ ...claim(data), lifetime: this.lifetime }), mark }
  }

  guard(storage: HonoSessionStorage, rules: StoreRules): HonoSessionStorage {
    const view =
      this.#views.get(storage) ??
      withCallbacks(storage, { get: (key) => storage.get(key), destroy: (key) => storage.delete(key) })
    this.#views.set(storage, view)
    this.#unguarded.use(view)
    this.#own = { inner: innerStore(storage), rules }
    const guarded = new GuardedStore(this.#own.inner, { ...this.#access, request: () => undefined }, rules)
    return {
      get: async (key) => (await guarded.get(key)) ?? null,
      set: (key, data) => guarded.set(key, data),
      delete: (key) => guarded.destroy(key),
    }
  }

  /**
   * Loads what the request's cookie names, as the library will if a handler asks it to: it loads nothing by itself, and
   * once it has, it sets its cookie even for nobody.
   *
   * @param probe runs the library with this storage in place of the app's, and with cookies that nobody gets
   */
  async load(
    request: Context,
    probe: (storage: HonoSessionStorage, loaded: () => Promise<void>) => Promise<unknown>,
  ): Promise<void> {
    const { inner } = this.#set()
    let asked: { readonly key: string; readonly data: object | undefined } | undefined
    let isGood = false
    const storage: HonoSessionStorage = {
      get: async (key) => {
        asked = { key, data: await inner.get(key) }
        return asked.data ?? null
      },
      set: () => {},
      delete: () => {},
    }
    await probe(storage, async () => {
      const found = await sessionOf(request)?.get()
      // The library reads the storage first and then looks whether the cookie has run out.
      isGood = Boolean(found) || asked?.data === undefined
    })
    if (!asked || !isGood) return
    const visit: Visit = { ...asked, isFresh: true, isDetached: false, isMarked: false }
    this.#visits.set(request, visit)
    visit.data = await this.#guarded(request).get(visit.key)
    visit.isFresh = visit.data !== undefined
  }

  /** The storage as the library is to have it in this request. Saves are made in order, and waited for by {@link finish}. */
  storage(request: Context): HonoSessionStorage {
    const guarded = this.#guarded(request)
    return {
      get: async (key) => {
        await this.#saving.get(request)
        const visit = this.#visits.get(request)
        if (visit?.isDetached && visit.key === key) return null
        const data = (await guarded.get(key)) ?? null
        if (visit?.key === key) visit.isFresh = false
        return data
      },
      set: (key, data) => this.#later(request, () => guarded.set(key, data)),
      delete: (key) => this.#later(request, () => guarded.destroy(key)),
    }
  }

  /** A session that was never loaded the library would forget without deleting it. */
  async begin(request: Context): Promise<void> {
    const visit = this.#visits.get(request)
    if (!visit?.isFresh) return
    await sessionOf(request)?.get()
    visit.isFresh = true
  }

  current(request: Context): CurrentSession | undefined {
    const { key, data } = loadedBy(request) ?? this.#visits.get(request) ?? {}
    return key === undefined || !data ? undefined : { key, ...this.#access.claim(data) }
  }

  mark(request: Context, marker: string): void {
    const visit = this.#visits.get(request)
    for (const data of [loadedBy(request)?.data, visit?.data]) if (data) this.#access.mark(data, marker)
    if (visit) visit.isMarked = true
  }

  existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#unguarded.existing(keys)
  }

  destroy(keys: readonly string[]): Promise<void> {
    return this.#unguarded.destroy(keys)
  }

  /** Handlers have not seen its data yet, and now never will. */
  async detach(request: Context): Promise<'anonymous'> {
    const visit = this.#visits.get(request)
    if (visit) Object.assign(visit, { isDetached: true, data: undefined })
    return 'anonymous'
  }

  async forget(request: Context): Promise<void> {
    this.#forgetting.add(request)
  }

  async signOut(request: Context): Promise<void> {
    const { key } = loadedBy(request) ?? this.#visits.get(request) ?? {}
    if (key !== undefined) await this.#guarded(request).destroy(key)
    // Clears the cookie, too.
    sessionOf(request)?.delete()
    await this.detach(request)
  }

  /** Whether anything was saved in this request, so that the library's cookie leads to something. */
  hasSaved(request: Context): boolean {
    return this.#saving.has(request)
  }

  /** Whether the client must be told to forget its cookie. */
  mustForget(request: Context): boolean {
    return this.#forgetting.has(request) && !this.hasSaved(request)
  }

  /** Waits for what the library saves and does not wait for, and saves a marker that nothing else has. */
  async finish(request: Context): Promise<void> {
    const visit = this.#visits.get(request)
    const { key, data } = visit ?? {}
    if (visit?.isMarked && key !== undefined && data && !this.hasSaved(request)) {
      await this.#guarded(request).set(key, data)
    }
    await this.#saving.get(request)
  }

  #later(request: Context, save: () => Promise<void>): void {
    const saved = (this.#saving.get(request) ?? Promise.resolve()).then(save)
    // Whoever waits is told; until then it is nobody's.
    saved.catch(() => {})
    this.#saving.set(request, saved)
  }

  #guarded(request: Context): GuardedStore<object> {
    const { inner, rules } = this.#set()
    const get = async (key: string) => {
      const visit = this.#visits.get(request)
      return visit?.isFresh && visit.key === key ? visit.data : inner.get(key)
    }
    return new GuardedStore({ ...inner, get }, { ...this.#access, request: () => request }, rules)
  }

  #set(): Own {
    if (!this.#own) throw new Error('The session middleware has not been set up yet.')
    return this.#own
  }
}

function sessionOf(request: Context): HonoSessionSession | undefined {
  return request.get('session')
}

/** What the library holds; undefined while it has loaded nothing, and once it was told to delete it. */
function loadedBy(request: Context): { readonly key: string; readonly data: object | null } | undefined {
  try {
    const { id, data } = sessionOf(request) ?? {}
    return id === null || id === undefined ? undefined : { key: id, data: data ?? null }
  } catch {
    return undefined
  }
}

function innerStore(storage: HonoSessionStorage): InnerStore<object> {
  const set = async (key: string, data: object) => void (await storage.set(key, data))
  return {
    get: async (key) => (await storage.get(key)) ?? undefined,
    set,
    touch: set,
    destroy: async (key) => void (await storage.delete(key)),
  }
}
