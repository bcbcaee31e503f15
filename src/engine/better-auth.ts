import { AuthEngine, type AuthSession, type AuthVisit, type AuthWatch, claimOf } from './auth-engine.js'
import { chunks } from './chunks.js'
import { clearCookies } from './clear-cookies.js'
import type { HowDestroyed, StoreRules } from './engine.js'

/** Databases bound how many values a statement takes. */
const TOKENS_AT_ONCE = 500

/** What of Better Auth's `internalAdapter` deals in sessions. */
export interface BetterAuthStore {
  findSession(token: string): Promise<{ session: AuthSession } | null>
  findSessions(
    tokens: string[],
    options?: { onlyActiveSessions?: boolean | undefined },
  ): Promise<{ session: AuthSession }[]>
  updateSession(token: string, session: object): Promise<AuthSession | null>
  deleteSession(token: string): Promise<void>
  deleteSessions(tokens: string[]): Promise<void>
  deleteUserSessions(userId: string): Promise<void>
  deleteUser(userId: string): Promise<void>
}

/** What the binding knows and Better Auth's store does not. */
export interface BetterAuthWatch extends AuthWatch {
  /** Why the endpoint at work destroys a user's session; without a token all of them. */
  how(userId: string, token?: string): HowDestroyed
  endAll(userId: string, how: HowDestroyed): Promise<void>
}

/** A cookie of Better Auth's. */
export interface BetterAuthCookie {
  readonly name: string
  readonly attributes: object
}

/** Knows Better Auth 1.7. Its session key is `session.token`. */
export class BetterAuthEngine<Store extends BetterAuthStore> extends AuthEngine<Store> {
  readonly name = 'better-auth'
  /** Better Auth's cookies that a session has. */
  cookies: readonly BetterAuthCookie[] = []
  readonly #watch: BetterAuthWatch

  constructor(watch: BetterAuthWatch) {
    super()
    this.#watch = watch
  }

  /** Better Auth is about to create a session. False: refused. */
  starting(session: AuthSession, visit: AuthVisit | undefined): Promise<boolean> {
    return this.starts(session, visit)
  }

  /** The row is written: its end may have come before it. */
  async started(session: AuthSession): Promise<void> {
    if (!this.rules.saved(session.token, claimOf(session))) await this.destroy([session.token])
  }

  /** Whether a session that Better Auth has from elsewhere than its store, its cookie cache, is still good. */
  async isGood(session: AuthSession): Promise<boolean> {
    return (await this.rules.loaded(session.token, claimOf(session))) && this.#watch.visited(session)
  }

  async existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (!this.store) throw new Error('Better Auth is not set up yet, so which sessions it has cannot be known.')
    const found = new Set<string>()
    for (const tokens of chunks(keys, TOKENS_AT_ONCE)) {
      const sessions = await this.store.findSessions(tokens, { onlyActiveSessions: true })
      for (const { session } of sessions) found.add(session.token)
    }
    return found
  }

  async destroy(keys: readonly string[]): Promise<void> {
    const errors: unknown[] = []
    for (const tokens of chunks(keys, TOKENS_AT_ONCE)) {
      await this.store?.deleteSessions(tokens).catch((error: unknown) => errors.push(error))
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Better Auth could not delete all sessions.')
  }

  protected override clearing({ headers }: AuthVisit): readonly string[] {
    return clearCookies(headers.cookie, this.cookies)
  }

  protected override wrap(store: Store, rules: StoreRules): Store {
    return { ...store, ...lookUps(store, rules, this.#watch), ...ends(store, rules, this.#watch) }
  }
}

function lookUps(store: BetterAuthStore, rules: StoreRules, watch: BetterAuthWatch) {
  const lookUp = {
    async findSession(token: string) {
      const found = await store.findSession(token)
      if (!(await rules.loaded(token, found ? claimOf(found.session) : undefined))) {
        await store.deleteSession(token)
        return null
      }
      return found && (await watch.visited(found.session)) ? found : null
    },
    async findSessions(...args: Parameters<BetterAuthStore['findSessions']>) {
      const found = await store.findSessions(...args)
      const good = await Promise.all(found.map(({ session }) => rules.loaded(session.token, claimOf(session))))
      return found.filter((_one, index) => good[index])
    },
    async updateSession(token: string, changes: object) {
      const updated = await store.updateSession(token, changes)
      // In a secondary storage it reads and writes: what was deleted between is back, also where the database says that it is gone.
      const left = updated ?? (await store.findSession(token))?.session
      if (!left || rules.saved(token, claimOf(left))) return updated
      await store.deleteSession(token)
      return null
    },
  }
  return lookUp
}

function ends(store: BetterAuthStore, rules: StoreRules, watch: BetterAuthWatch) {
  const ending = async (token: string) => {
    const found = await store.findSession(token)
    if (!found) return
    const { session } = found
    const hasRunOut = session.expiresAt.getTime() <= Date.now()
    const how: HowDestroyed = hasRunOut ? { reason: 'expired', by: null } : watch.how(session.userId, token)
    await rules.destroying(token, async () => claimOf(session), how)
  }
  return {
    async deleteSession(token: string) {
      await ending(token)
      await store.deleteSession(token)
    },
    async deleteSessions(tokens: string[]) {
      for (const token of tokens) await ending(token)
      await store.deleteSessions(tokens)
    },
    async deleteUserSessions(userId: string) {
      await watch.endAll(userId, watch.how(userId))
      await store.deleteUserSessions(userId)
    },
    async deleteUser(userId: string) {
      await watch.endAll(userId, { reason: 'app', by: null })
      await store.deleteUser(userId)
    },
  }
}
