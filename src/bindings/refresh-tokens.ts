import type { webcrypto } from 'node:crypto'
import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { checkNames, type EndReason, type RequestSessions, type SessionData, type UserSession } from '../index.js'
import { checkRefreshTokens, type RefreshTokenConfig } from './check-refresh-tokens.js'

/** A secret of at least 32 bytes, for HS256; or a key pair, so that who verifies cannot sign. */
export type TokenKey =
  | Uint8Array
  | { readonly privateKey: webcrypto.CryptoKey; readonly publicKey: webcrypto.CryptoKey }

/** Options of {@link refreshTokens}. */
export interface RefreshTokenOptions {
  /** Signs and verifies the tokens. An array rotates: the first one signs, all of them verify. */
  readonly key: TokenKey | readonly TokenKey[]
  /** The JWS algorithm, the same for every key. Default is `HS256`. */
  readonly alg?: string
  /** How long an access token is good, milliseconds. Default is 300,000 (5 minutes). */
  readonly accessLifetime?: number
  /** How long a refresh token is good, and so how long a session may go unused, milliseconds. Default is 30 days. */
  readonly refreshLifetime?: number
  /**
   * How long a token that was used is answered once more, milliseconds: for two tabs at once, or an answer that was lost. 0 ends
   * the session at once. Default is 10,000.
   */
  readonly grace?: number
  /** More claims for the access token, of a user's id: roles, `iss`, `aud`. Default is none. */
  readonly claims?: (user: string) => JWTPayload | Promise<JWTPayload>
  /** The time in unix milliseconds, for tests. Default is `Date.now`. */
  readonly clock?: () => number
}

/** What a client gets at its sign-in and at each refresh. */
export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
  /** Of the access token, seconds (RFC 6749 §5.1). */
  readonly expiresIn: number
}

/**
 * What came of a refresh. `repeated`: within the grace another request had turned the same token, and this is the pair it came to.
 * `refused`: why the session has ended; `invalid` when it is no refresh token of ours, or has run out.
 */
export type Rotated =
  | { readonly outcome: 'rotated' | 'repeated'; readonly user: string; readonly tokens: TokenPair }
  | { readonly outcome: 'refused'; readonly reason: EndReason | 'invalid' }

/** JWTs that are short-lived, and what gets new ones. */
export interface RefreshTokens {
  /**
   * Signs a user in: makes the session's record and its first tokens.
   *
   * @param of what the binding's `us.of(request)` returns
   * @throws UserSessionsError as {@link RequestSessions.issue}
   */
  issue<User, Data extends SessionData>(
    of: RequestSessions<User, Data>,
    user: User,
    options?: { readonly data?: Data },
  ): Promise<{ readonly tokens: TokenPair; readonly session: UserSession<User, Data> }>
  /**
   * Makes new tokens of a refresh token, which is used up by it. One that was used up before ends the session (RFC 9700 §4.14.2), but for
   * the grace.
   *
   * @throws UserSessionsError `storage_unavailable`, `storage_busy`: answer 503, and the client tries again with the same token
   */
  rotate<User, Data extends SessionData>(of: RequestSessions<User, Data>, refreshToken: unknown): Promise<Rotated>
  /** What an access token says, for the binding's `claims`; undefined when it is not good. */
  read(
    accessToken: unknown,
  ): Promise<{ readonly key: string; readonly user: string; readonly payload: JWTPayload } | undefined>
}

/** What of a token's payload every token of ours has. */
interface Read {
  readonly key: string
  readonly user: string
  readonly payload: JWTPayload
}

/** RFC 9068 §2.1, and one of our own: no token passes for the other kind (RFC 8725 §3.11). */
const TYPES = { access: 'at+jwt', refresh: 'refresh+jwt' } as const
type Use = keyof typeof TYPES

/**
 * Access and refresh tokens for the sessions of `usersessions/express-tokens`, signed with jose.
 *
 * @throws TypeError when there is no key; UserSessionsError `option_unknown`, `option_invalid`
 */
export function refreshTokens(options: RefreshTokenOptions): RefreshTokens {
  const config = checkRefreshTokens(options)
  const { refreshLifetime, grace } = config
  return {
    async issue(of, user, given = {}) {
      checkNames(given, ['data'], 'issue')
      const { key, session } = await of.issue(user, { ...given, lifetime: refreshLifetime })
      return { tokens: await pair(config, String(user), key, 0), session }
    },
    async rotate(of, refreshToken) {
      const token = await read(config, 'refresh', refreshToken)
      const generation = token?.payload.gen
      if (!token || typeof generation !== 'number') return { outcome: 'refused', reason: 'invalid' }
      const { user, key } = token
      const turned = await of.turn({ user, key, generation, grace, lifetime: refreshLifetime })
      if (turned.state === 'ended') return { outcome: 'refused', reason: turned.ending.reason }
      const outcome = turned.state === 'turned' ? 'rotated' : 'repeated'
      return { outcome, user, tokens: await pair(config, user, key, turned.generation) }
    },
    read: (accessToken) => read(config, 'access', accessToken),
  }
}

async function pair(config: RefreshTokenConfig, user: string, key: string, generation: number): Promise<TokenPair> {
  const { accessLifetime, refreshLifetime, claims } = config
  const own = { sid: key, sub: user }
  return {
    accessToken: await sign(config, 'access', { ...(await claims(user)), ...own }, accessLifetime),
    refreshToken: await sign(config, 'refresh', { ...own, gen: generation }, refreshLifetime),
    expiresIn: Math.floor(accessLifetime / 1000),
  }
}

function sign(config: RefreshTokenConfig, use: Use, payload: JWTPayload, lifetime: number): Promise<string> {
  const now = Math.floor(config.clock() / 1000)
  return new SignJWT(payload)
    .setProtectedHeader({ alg: config.alg, typ: TYPES[use] })
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(lifetime / 1000))
    .sign(config.signing)
}

async function read(config: RefreshTokenConfig, use: Use, token: unknown): Promise<Read | undefined> {
  if (typeof token !== 'string') return undefined
  for (const key of config.verifying) {
    const verified = await verify(token, key, use, config.alg, new Date(config.clock()))
    if (verified) return verified
  }
  return undefined
}

async function verify(
  token: string,
  key: webcrypto.CryptoKey | Uint8Array,
  use: Use,
  alg: string,
  currentDate: Date,
): Promise<Read | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [alg],
      typ: TYPES[use],
      requiredClaims: ['exp', 'sid', 'sub'],
      currentDate,
    })
    const { sid, sub } = payload
    return typeof sid === 'string' && sid !== '' && sub ? { key: sid, user: sub, payload } : undefined
  } catch {
    return undefined
  }
}
