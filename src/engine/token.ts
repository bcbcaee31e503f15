import type { CurrentSession, RecordsEngine } from './engine.js'

/** What a verified token says. */
export interface TokenClaims {
  /** The key that `issue` has given (a JWT's `sid`, OpenID Connect Back-Channel Logout 1.0 §2.1). */
  readonly key: string
  /** Whose it is (a JWT's `sub`, RFC 7519 §4.1.2). */
  readonly user: string | number | bigint
}

/** Options of {@link TokenEngine}. */
export interface TokenEngineOptions<Request> {
  /**
   * Reads the claims of the request's token, whose signature and times the app has verified; undefined when it has none.
   * A cookie and a bearer header are the same to it.
   */
  readonly claims: (request: Request) => TokenClaims | null | undefined
  /** Clears the cookie the token came in, at sign-out. Default is nothing, as for bearer tokens. */
  readonly clear?: (request: Request) => void
}

/** Knows sessions that the client carries: JWTs, sealed cookies, bearer tokens of mobile apps. */
export class TokenEngine<Request extends object> implements RecordsEngine<Request> {
  readonly name = 'token'
  readonly authority = 'records'
  readonly #options: TokenEngineOptions<Request>

  constructor(options: TokenEngineOptions<Request>) {
    this.#options = options
  }

  current(request: Request): CurrentSession | undefined {
    const claims = this.#options.claims(request)
    if (!claims) return undefined
    const { key, user } = claims
    if (typeof key !== 'string' || key === '' || user === undefined || user === null || user === '') {
      throw new TypeError("The 'claims' option must return { key, user } with the key that `issue` gave, or undefined.")
    }
    // Visits do not move the record's end; `renew` does.
    return { key, user: String(user), marker: undefined, lifetime: 0 }
  }

  /** The app has its own idea of who sent the token: only an answer keeps its handlers from acting on it. */
  async detach(): Promise<'must-answer'> {
    return 'must-answer'
  }

  async forget(request: Request): Promise<void> {
    this.#options.clear?.(request)
  }
}
