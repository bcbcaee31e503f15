import type { Cookie, Session, SessionData, Store } from 'express-session'
import { guardCallbackStore } from './callback-store.js'
import { cookieSessionData, type UserIdInData } from './cookie-session-data.js'
import type { CurrentSession, StoreEngine, StoreRules } from './engine.js'
import type { DataAccess } from './guarded-store.js'
import { UnguardedStore } from './unguarded-store.js'

/** express-session's data, as the app has declared it; Passport keeps the user id in `passport.user`. */
export type ExpressSessionData = Partial<SessionData> & { readonly passport?: { readonly user?: string | number } }

/** Options of {@link ExpressSessionEngine}. */
export interface ExpressSessionEngineOptions {
  /** Reads the signed-in user's id from the session's data; undefined when nobody is signed in. */
  readonly user: (data: ExpressSessionData) => UserIdInData
}

/** What of a request express-session sets. */
export interface ExpressSessionRequest {
  session?: Session & Partial<SessionData>
  sessionID?: string
  sessionStore?: Store
  readonly res?: { appendHeader(name: string, value: string): unknown } | undefined
}

/** Knows express-session 1.x (1.17 and later). Its session key is `req.sessionID`. */
export class ExpressSessionEngine implements StoreEngine<ExpressSessionRequest, Store> {
  readonly name = 'express-session'
  readonly authority = 'store'
  /** express-session's `name`. */
  cookieName = 'connect.sid'
  readonly #access: DataAccess<ExpressSessionData>
  readonly #unguarded = new UnguardedStore()

  constructor({ user }: ExpressSessionEngineOptions) {
    this.#access = { ...cookieSessionData(user, 'forExpress'), request: requestOf }
  }

  guard(store: Store, rules: StoreRules): Store {
    this.#unguarded.use(store)
    return guardCallbackStore(store, this.#access, rules)
  }

  current(request: ExpressSessionRequest): CurrentSession | undefined {
    const { session, sessionID } = request
    if (!session || typeof sessionID !== 'string') return undefined
    return { key: sessionID, ...this.#access.claim(session) }
  }

  mark(request: ExpressSessionRequest, marker: string): void {
    if (request.session) this.#access.mark(request.session, marker)
  }

  existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#unguarded.existing(keys)
  }

  destroy(keys: readonly string[]): Promise<void> {
    return this.#unguarded.destroy(keys)
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
}

function requestOf(data: ExpressSessionData): object | undefined {
  const request: unknown = Reflect.get(data, 'req')
  return typeof request === 'object' && request !== null ? request : undefined
}
