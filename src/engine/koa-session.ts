import type { CurrentSession, StoreEngine, StoreRules } from './engine.js'
import { type DataAccess, GuardedStore, type InnerStore } from './guarded-store.js'
import { sessionClaim, type UserIdInData } from './session-claim.js'
import { UnguardedStore } from './unguarded-store.js'

/** What koa-session hands a store beside the key and the data. Without a request there is no `ctx`. */
export interface KoaStoreOptions {
  readonly ctx?: KoaSessionContext
  readonly rolling?: boolean
  readonly changed?: boolean
}

/** How long a session lives, milliseconds; until the browser closes; or koa-session's own default. */
export type KoaMaxAge = number | 'session' | undefined

/** koa-session's external store. `existing` and `destroyMany` are for our sake: docs/session-stores.md. */
export interface KoaSessionStore<Fields extends object = object> {
  get(key: string, maxAge: KoaMaxAge, options: KoaStoreOptions): Promise<Fields | null | undefined>
  set(key: string, data: Fields, maxAge: KoaMaxAge, options: KoaStoreOptions): Promise<void>
  destroy(key: string, options: KoaStoreOptions): Promise<void>
  existing?(keys: readonly string[]): Promise<readonly string[] | ReadonlySet<string>>
  destroyMany?(keys: readonly string[]): Promise<unknown>
}

/** Options of {@link KoaSessionEngine}. */
export interface KoaSessionEngineOptions<Fields extends object> {
  /** Reads the signed-in user's id from the session's data; undefined when nobody is signed in. */
  readonly user: (data: Fields) => UserIdInData
}

/** koa-session's `ctx.session`. */
interface KoaSession {
  readonly externalKey?: string | undefined
  readonly maxAge?: KoaMaxAge
}

/** What of a context koa-session sets; whatever the app's own types, so not `Context` itself. */
export interface KoaSessionContext<Fields extends object = object> {
  /** Null once removed. */
  session?: (Fields & KoaSession) | null
  readonly sessionOptions?: { readonly key?: string; readonly externalKey?: unknown }
  readonly cookies: { set(name: string, value: string, options: object): unknown }
}

/** koa-session's own, milliseconds. */
const DEFAULT_MAX_AGE = 86_400_000

/** Knows koa-session 7 with an external store. Its session key is what the store is handed. */
export class KoaSessionEngine<Fields extends object>
  implements StoreEngine<KoaSessionContext<Fields>, KoaSessionStore<Fields>>
{
  readonly name = 'koa-session'
  readonly authority = 'store'
  /** koa-session's `maxAge`. */
  maxAge: KoaMaxAge = DEFAULT_MAX_AGE
  readonly #access: Pick<DataAccess<Fields>, 'claim' | 'mark'>
  readonly #unguarded = new UnguardedStore()
  readonly #known = new WeakMap<object, object>()
  /** `externalKey` of a session is stale once it was regenerated. */
  readonly #rekeyed = new WeakMap<object, string>()

  constructor({ user }: KoaSessionEngineOptions<Fields>) {
    this.#access = sessionClaim(user, 'forKoa', lifetimeOf)
  }

  guard(store: KoaSessionStore<Fields>, rules: StoreRules): KoaSessionStore<Fields> {
    this.#unguarded.use(this.#withCallbacks(store))
    const guarded = (options: KoaStoreOptions = {}, maxAge = this.maxAge) => {
      const access = { ...this.#access, request: () => options.ctx }
      return new GuardedStore(innerStore(store, maxAge, options), access, rules)
    }
    return {
      get: (key, maxAge, options) => guarded(options, maxAge).get(key),
      set: (key, data, maxAge, options) => {
        const { ctx } = options ?? {}
        if (ctx?.session && ctx.session.externalKey !== key) this.#rekeyed.set(ctx, key)
        return guarded(options, maxAge).set(key, data)
      },
      destroy: (key, options) => guarded(options).destroy(key),
    }
  }

  current(ctx: KoaSessionContext<Fields>): CurrentSession | undefined {
    const { session } = ctx
    const key = this.#rekeyed.get(ctx) ?? session?.externalKey
    if (!session || key === undefined) return undefined
    const lifetime = session.maxAge ?? DEFAULT_MAX_AGE
    return { key, ...this.#access.claim(session), lifetime: lifetime === 'session' ? undefined : lifetime }
  }

  mark({ session }: KoaSessionContext<Fields>, marker: string): void {
    if (session) this.#access.mark(session, marker)
  }

  existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#unguarded.existing(keys)
  }

  destroy(keys: readonly string[]): Promise<void> {
    return this.#unguarded.destroy(keys)
  }

  /** The library has no way to put a fresh session in the place of a loaded one without storing it. */
  async detach(ctx: KoaSessionContext<Fields>): Promise<'must-answer'> {
    const key = this.current(ctx)?.key
    ctx.session = null
    await this.forget(ctx)
    // The store may be away; then the library fails, too, when it removes the session.
    if (key !== undefined) await this.destroy([key]).catch(() => {})
    dropLibraryState(ctx)
    return 'must-answer'
  }

  /** Of a key that the app carries in its own way, `externalKey`, nothing is known that could be cleared. */
  async forget({ cookies, sessionOptions = {} }: KoaSessionContext<Fields>): Promise<void> {
    const { key, externalKey } = sessionOptions
    if (key === undefined || externalKey) return
    cookies.set(key, '', { ...sessionOptions, expires: new Date(0), maxAge: false })
  }

  /** The library removes it from the store when it commits. */
  async signOut(ctx: KoaSessionContext<Fields>): Promise<void> {
    ctx.session = null
    await this.forget(ctx)
  }

  /** One for each store: by it the unguarded store knows another from the same. */
  #withCallbacks(store: KoaSessionStore<Fields>): object {
    const known = this.#known.get(store) ?? withCallbacks(store, () => this.maxAge)
    this.#known.set(store, known)
    return known
  }
}

/**
 * The library remembers what it loaded, and would not save the same data again: a sign-in of the same user in this request
 * would be lost. Without what it keeps at the context it begins anew when its middleware runs again.
 */
function dropLibraryState(ctx: object): void {
  for (const name of Object.getOwnPropertySymbols(ctx)) {
    if (name.description === 'contextSession instance') Reflect.deleteProperty(ctx, name)
  }
}

/** A store with promises as one with callbacks. What has expired is gone, whether the store has deleted it or not. */
function withCallbacks(store: KoaSessionStore, maxAge: () => KoaMaxAge): object {
  const { existing, destroyMany } = store
  const held = async (key: string) => {
    const data = await store.get(key, maxAge(), { rolling: false })
    const expires: unknown = data ? Reflect.get(data, '_expire') : undefined
    return typeof expires === 'number' && expires < Date.now() ? undefined : data
  }
  return {
    get: (key: string, done: Done) => answer(held(key), done),
    destroy: (key: string, done: Done) => answer(store.destroy(key, {}), done),
    ...(existing && { existing: existing.bind(store) }),
    ...(destroyMany && { destroyMany: destroyMany.bind(store) }),
  }
}

type Done = (error: unknown, value?: unknown) => void

function answer(work: Promise<unknown>, done: Done): void {
  work.then((value) => done(undefined, value), done)
}

function innerStore<Fields extends object>(
  store: KoaSessionStore<Fields>,
  maxAge: KoaMaxAge,
  options: KoaStoreOptions,
): InnerStore<Fields> {
  return {
    get: async (key) => (await store.get(key, maxAge, options)) ?? undefined,
    set: async (key, data) => void (await store.set(key, data, maxAge, options)),
    // koa-session has none.
    touch: async () => {},
    destroy: async (key) => void (await store.destroy(key, options)),
  }
}

function lifetimeOf(data: object): unknown {
  return Reflect.get(data, '_maxAge')
}
