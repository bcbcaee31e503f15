import { UserSessionsError } from '../errors.js'
import { AuthEngine, type AuthSession, type AuthVisit, type AuthWatch, claimOf } from './auth-engine.js'
import { chunks } from './chunks.js'
import { clearCookies } from './clear-cookies.js'
import type { HowDestroyed, StoreRules } from './engine.js'

/** An adapter has calls for one session alone: so many are asked side by side. */
const AT_ONCE = 32

/** A session as Auth.js' adapters have it. */
export interface AuthJsSession {
  readonly sessionToken: string
  readonly userId: string
  readonly expires: Date
}

/** What of an adapter of Auth.js deals in sessions. */
export interface AuthJsAdapter {
  createSession?(session: AuthJsSession): unknown
  getSessionAndUser?(token: string): unknown
  updateSession?(changes: { readonly sessionToken: string }): unknown
  deleteSession?(token: string): unknown
  deleteUser?(userId: string): unknown
}

/** What the binding knows and the adapter does not. */
export interface AuthJsWatch extends AuthWatch {
  /** Why a session is destroyed now. */
  how(session: AuthSession): HowDestroyed
  /** The request at work, where the binding knows one. */
  visit(): Promise<AuthVisit | undefined>
  /** Has this done within the request at work. */
  within<Result>(visit: AuthVisit | undefined, run: () => Promise<Result>): Promise<Result>
  endAll(userId: string, how: HowDestroyed): Promise<void>
}

/** Knows Auth.js and NextAuth with database sessions, by their adapter. The session key is `sessionToken`. */
export class AuthJsEngine extends AuthEngine<AuthJsAdapter> {
  readonly name = 'auth-js'
  /** The session cookie's, in each of the versions of Auth.js, or the app's own. */
  cookieNames: readonly string[] = ['authjs.session-token', 'next-auth.session-token'].flatMap((name) => [
    `__Secure-${name}`,
    name,
  ])
  readonly #watch: AuthJsWatch

  constructor(watch: AuthJsWatch) {
    super()
    this.#watch = watch
  }

  /** The session of a request's cookie, in its adapter; undefined when it has none. */
  async find({ headers }: AuthVisit): Promise<AuthSession | undefined> {
    const { store } = this
    const token = this.#tokenIn(headers.cookie)
    if (!store || token === undefined) return undefined
    const found = sessionIn(await store.getSessionAndUser?.(token))
    if (!(await this.rules.loaded(token, found && claimOf(found)))) {
      await store.deleteSession?.(token)
      return undefined
    }
    return found && found.expiresAt.getTime() > Date.now() ? found : undefined
  }

  async existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const { store } = this
    if (!store?.getSessionAndUser)
      throw new Error('Auth.js is not set up yet, so which sessions it has cannot be known.')
    const found = new Set<string>()
    for (const tokens of chunks(keys, AT_ONCE)) {
      const sessions = await Promise.all(tokens.map((token) => store.getSessionAndUser?.(token)))
      for (const one of sessions.map(sessionIn)) if (one && one.expiresAt.getTime() > Date.now()) found.add(one.token)
    }
    return found
  }

  async destroy(keys: readonly string[]): Promise<void> {
    const { store } = this
    const errors: unknown[] = []
    for (const tokens of chunks(keys, AT_ONCE)) {
      const each = tokens.map(async (token) => store?.deleteSession?.(token))
      for (const one of await Promise.allSettled(each)) if (one.status === 'rejected') errors.push(one.reason)
    }
    if (errors.length > 0) throw new AggregateError(errors, 'The adapter could not delete all sessions.')
  }

  protected override clearing({ headers }: AuthVisit): readonly string[] {
    const sent = headers.cookie ?? ''
    const names = this.cookieNames.filter((name) => tokenNamed(sent, name) !== undefined)
    const attributes = { httpOnly: true, sameSite: 'lax' }
    return clearCookies(
      sent,
      names.map((name) => ({ name, attributes: { ...attributes, secure: name.startsWith('__') } })),
    )
  }

  protected override wrap(store: AuthJsAdapter, rules: StoreRules): AuthJsAdapter {
    const starts: Starts = (session, visit) => this.starts(session, visit)
    return { ...store, ...births(store, rules, this.#watch, starts), ...ends(store, rules, this.#watch) }
  }

  #tokenIn(cookie = ''): string | undefined {
    for (const name of this.cookieNames) {
      const token = tokenNamed(cookie, name)
      if (token) return token
    }
    return undefined
  }
}

type Starts = (session: AuthSession, visit: AuthVisit | undefined) => Promise<boolean>

function births(store: AuthJsAdapter, rules: StoreRules, watch: AuthJsWatch, starts: Starts): AuthJsAdapter {
  return {
    async createSession(made) {
      const session = toSession(made)
      const visit = await watch.visit()
      const isGood = await watch.within(visit, () => starts(session, visit))
      if (!isGood) throw new UserSessionsError('session_refused', 'This user may not sign in.')
      const created = await store.createSession?.(made)
      if (!rules.saved(session.token, claimOf(session))) await store.deleteSession?.(session.token)
      return created
    },
    async getSessionAndUser(token) {
      const found = (await store.getSessionAndUser?.(token)) ?? null
      const session = sessionIn(found)
      if (!(await rules.loaded(token, session && claimOf(session)))) {
        await store.deleteSession?.(token)
        return null
      }
      return session && (await watch.visited(session)) ? found : null
    },
    async updateSession(changes) {
      const updated = await store.updateSession?.(changes)
      // Adapters that read and write bring back what was deleted between.
      const left = sessionIn(await store.getSessionAndUser?.(changes.sessionToken))
      if (!left || rules.saved(left.token, claimOf(left))) return updated
      await store.deleteSession?.(left.token)
      return null
    },
  }
}

function ends(store: AuthJsAdapter, rules: StoreRules, watch: AuthJsWatch): AuthJsAdapter {
  const ended: AuthJsAdapter = {
    async deleteSession(token) {
      const session = sessionIn(await store.getSessionAndUser?.(token))
      if (session) {
        const hasRunOut = session.expiresAt.getTime() <= Date.now()
        const how: HowDestroyed = hasRunOut ? { reason: 'expired', by: null } : watch.how(session)
        await rules.destroying(token, async () => claimOf(session), how)
      }
      return store.deleteSession?.(token)
    },
  }
  if (!store.deleteUser) return ended
  return {
    ...ended,
    async deleteUser(userId) {
      await watch.endAll(userId, { reason: 'app', by: null })
      return store.deleteUser?.(userId)
    },
  }
}

function toSession({ sessionToken, userId, expires }: AuthJsSession): AuthSession {
  return { token: sessionToken, userId, expiresAt: new Date(expires) }
}

/** @param found what an adapter answered: `{ session, user }` or nothing */
function sessionIn(found: unknown): AuthSession | undefined {
  const session: unknown = typeof found === 'object' && found !== null && 'session' in found ? found.session : undefined
  if (typeof session !== 'object' || session === null) return undefined
  const { sessionToken, userId, expires }: Partial<Record<keyof AuthJsSession, unknown>> = session
  const isDated = expires instanceof Date || typeof expires === 'string' || typeof expires === 'number'
  if (typeof sessionToken !== 'string' || !isDated || userId === undefined || userId === null) return undefined
  return { token: sessionToken, userId: String(userId), expiresAt: new Date(expires) }
}

function tokenNamed(cookie: string, name: string): string | undefined {
  for (const pair of cookie.split(';')) {
    const cut = pair.indexOf('=')
    if (pair.slice(0, cut).trim() === name) return decoded(pair.slice(cut + 1).trim())
  }
  return undefined
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
