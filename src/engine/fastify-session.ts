import type { FastifySessionObject, SessionStore } from '@fastify/session'
import type { FastifyInstance, Session } from 'fastify'
import { guardCallbackStore } from './callback-store.js'
import { cookieSessionData, type UserIdInData } from './cookie-session-data.js'
import type { CurrentSession, StoreEngine, StoreRules } from './engine.js'
import type { DataAccess } from './guarded-store.js'
import { UnguardedStore } from './unguarded-store.js'

/** @fastify/session's data, as the app has declared it on `Session` of `fastify`. */
export type FastifySessionData = Partial<Session>

/** Options of {@link FastifySessionEngine}. */
export interface FastifySessionEngineOptions {
  /** Reads the signed-in user's id from the session's data; undefined when nobody is signed in. */
  readonly user: (data: FastifySessionData) => UserIdInData
}

/** What of a request @fastify/session and @fastify/cookie set; whatever the server, so not `FastifyRequest` itself. */
export interface FastifySessionRequest {
  /** Null once destroyed; without its methods where the cookie's path does not reach. */
  session: FastifySessionObject | null
  cookies: { [name: string]: string | undefined }
  readonly server: Pick<FastifyInstance, 'decryptSession'>
}

/** Knows @fastify/session 11. Its session key is `request.session.sessionId`. */
export class FastifySessionEngine implements StoreEngine<FastifySessionRequest, SessionStore> {
  readonly name = '@fastify/session'
  readonly authority = 'store'
  /** @fastify/session's `cookieName`. */
  cookieName = 'sessionId'
  readonly #access: DataAccess<FastifySessionData>
  readonly #unguarded = new UnguardedStore()
  readonly #hidden = new WeakMap<FastifySessionRequest, string>()

  constructor({ user }: FastifySessionEngineOptions) {
    this.#access = { ...cookieSessionData(user, 'forFastify'), request: requestOf }
  }

  guard(store: SessionStore, rules: StoreRules): SessionStore {
    this.#unguarded.use(store)
    return guardCallbackStore(store, this.#access, rules)
  }

  current({ session }: FastifySessionRequest): CurrentSession | undefined {
    if (typeof session?.sessionId !== 'string') return undefined
    return { key: session.sessionId, ...this.#access.claim(session) }
  }

  mark({ session }: FastifySessionRequest, marker: string): void {
    if (session) this.#access.mark(session, marker)
  }

  existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#unguarded.existing(keys)
  }

  destroy(keys: readonly string[]): Promise<void> {
    return this.#unguarded.destroy(keys)
  }

  async detach(request: FastifySessionRequest): Promise<'anonymous' | 'must-answer'> {
    try {
      await beginAnew(request)
      return 'anonymous'
    } catch {
      // A signer of the app's own may throw at what it did not sign.
      return 'must-answer'
    }
  }

  /**
   * The library clears a cookie of another session than the request's with the first answer, so with that of a picture,
   * and the login page would no longer know of an end. Out of the library's sight the cookie stays until {@link forget}.
   */
  keepCookie(request: FastifySessionRequest): void {
    const { cookies } = request
    const cookie = cookies[this.cookieName]
    if (cookie === undefined) return
    this.#hidden.set(request, cookie)
    Reflect.deleteProperty(cookies, this.cookieName)
  }

  async forget(request: FastifySessionRequest): Promise<void> {
    const cookie = this.#hidden.get(request)
    if (cookie !== undefined) request.cookies[this.cookieName] = cookie
  }

  async signOut(request: FastifySessionRequest): Promise<void> {
    await request.session?.destroy()
    // With a session other than the cookie's, the library clears or replaces the cookie.
    await beginAnew(request)
  }
}

/** Gives the request a fresh session that nothing stores yet: what the library does for a cookie it has not signed. */
function beginAnew(request: FastifySessionRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    request.server.decryptSession('', request, (error: unknown) => (error ? reject(error) : resolve()))
  })
}

/**
 * The library's session keeps its request under a symbol of its own. Neither the key nor `request.session` would do: two
 * requests hold one key, and `regenerate` saves the fresh session before the request has it.
 */
function requestOf(data: FastifySessionData): object | undefined {
  for (const name of Object.getOwnPropertySymbols(data)) {
    const value: unknown = Reflect.get(data, name)
    if (typeof value === 'object' && value !== null && 'raw' in value && 'session' in value) return value
  }
  return undefined
}
