import type { Claim, CurrentSession, StoreEngine, StoreRules } from './engine.js'

/** A session as an authentication library's own table has it. */
export interface AuthSession {
  /** What the session cookie carries. Secret. */
  readonly token: string
  readonly userId: string
  readonly expiresAt: Date
}

/** One request, as the bindings of authentication libraries see it. */
export interface AuthVisit {
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** What the library has found for its cookie. */
  session: AuthSession | undefined
  /** `Set-Cookie` headers for the answer, where that is ours. */
  readonly cookies: string[]
}

/** What the guard asks and tells the binding. */
export interface AuthWatch {
  /** The library looked a session up. False: it turned out ended. */
  visited(session: AuthSession): Promise<boolean>
}

/** What a session says of itself. The library's table has no room for a marker. */
export function claimOf({ userId, expiresAt }: AuthSession): Claim {
  return { user: String(userId), marker: undefined, lifetime: Math.max(0, expiresAt.getTime() - Date.now()) }
}

/** What engines over the session table of an authentication library share; its rows are the store that vouches. */
export abstract class AuthEngine<Store> implements StoreEngine<AuthVisit, Store> {
  abstract readonly name: string
  readonly authority = 'store'
  #store: Store | undefined
  #rules: StoreRules | undefined

  guard(store: Store, rules: StoreRules): Store {
    this.#store = store
    this.#rules = rules
    return this.wrap(store, rules)
  }

  current({ session }: AuthVisit): CurrentSession | undefined {
    return session && { key: session.token, ...claimOf(session) }
  }

  mark(): void {}

  async detach(visit: AuthVisit): Promise<'anonymous'> {
    visit.session = undefined
    return 'anonymous'
  }

  async forget(visit: AuthVisit): Promise<void> {
    visit.cookies.push(...this.clearing(visit))
  }

  async signOut(visit: AuthVisit): Promise<void> {
    const { session } = visit
    if (session) {
      const how = { reason: 'user', by: String(session.userId) } as const
      await this.rules.destroying(session.token, async () => claimOf(session), how)
      await this.destroy([session.token])
    }
    visit.session = undefined
    await this.forget(visit)
  }

  abstract existing(keys: readonly string[]): Promise<ReadonlySet<string>>
  abstract destroy(keys: readonly string[]): Promise<void>
  protected abstract wrap(store: Store, rules: StoreRules): Store
  /** `Set-Cookie` headers that clear the session's cookies. */
  protected abstract clearing(visit: AuthVisit): readonly string[]

  /** The library's own, not guarded; undefined until the library is set up. */
  protected get store(): Store | undefined {
    return this.#store
  }

  protected get rules(): StoreRules {
    if (this.#rules) return this.#rules
    throw new Error(`${this.name} is not set up yet.`)
  }

  /** A sign-in, before its row is written. False: refused. */
  protected async starts(session: AuthSession, visit: AuthVisit | undefined): Promise<boolean> {
    const { store } = await this.rules.saving(session.token, claimOf(session), async () => undefined, visit)
    return store
  }
}
