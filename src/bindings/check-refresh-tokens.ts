import type { webcrypto } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { checkNames, UserSessionsError } from '../index.js'
import type { RefreshTokenOptions, TokenKey } from './refresh-tokens.js'

const DAY = 86_400_000
/** RFC 7518 §3.2: as long as the hash's output. */
const SECRET_BYTES = 32

/** The options, each with its default. */
export interface RefreshTokenConfig {
  readonly signing: webcrypto.CryptoKey | Uint8Array
  readonly verifying: readonly (webcrypto.CryptoKey | Uint8Array)[]
  readonly alg: string
  readonly accessLifetime: number
  readonly refreshLifetime: number
  readonly grace: number
  readonly claims: (user: string) => JWTPayload | Promise<JWTPayload>
  readonly clock: () => number
}

const NAMES = ['key', 'alg', 'accessLifetime', 'refreshLifetime', 'grace', 'claims', 'clock']

/** @throws TypeError when there is no key; UserSessionsError `option_unknown`, `option_invalid` */
export function checkRefreshTokens(options: RefreshTokenOptions): RefreshTokenConfig {
  const given = options ?? {}
  checkNames(given, NAMES, 'refreshTokens')
  const { key, alg = 'HS256', accessLifetime = 300_000, refreshLifetime = 30 * DAY, grace = 10_000 } = given
  const { claims = () => ({}), clock = Date.now } = given
  const keys = isList(key) ? key : [key]
  const [first] = keys
  if (!first) throw noKey()
  for (const one of keys) checkKey(one)
  atLeast('accessLifetime', accessLifetime, 1000)
  atLeast('refreshLifetime', refreshLifetime, accessLifetime)
  atLeast('grace', grace, 0)
  const signing = first instanceof Uint8Array ? first : first.privateKey
  const verifying = keys.map((one) => (one instanceof Uint8Array ? one : one.publicKey))
  return { signing, verifying, alg, accessLifetime, refreshLifetime, grace, claims, clock }
}

function isList(key: RefreshTokenOptions['key']): key is readonly TokenKey[] {
  return Array.isArray(key)
}

function checkKey(key: TokenKey | undefined): void {
  if (typeof key !== 'object' || key === null) throw noKey()
  if (key instanceof Uint8Array) {
    if (key.length >= SECRET_BYTES) return
    throw invalid(`a secret has at least ${SECRET_BYTES} bytes, not ${key.length}`)
  }
  if (!key.privateKey || !key.publicKey) throw noKey()
}

function noKey(): TypeError {
  return new TypeError(
    'refreshTokens needs `key`: a secret, `new TextEncoder().encode(process.env.JWT_SECRET)`, or `{ privateKey, publicKey }`.',
  )
}

function atLeast(name: string, value: unknown, least: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return
  throw invalid(`'${name}' is a whole number of milliseconds, at least ${least}`)
}

function invalid(problem: string): UserSessionsError {
  return new UserSessionsError('option_invalid', `refreshTokens: ${problem}.`)
}
