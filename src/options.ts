import { checkNames, invalid, whole } from './checks.js'
import { UserSessionsError } from './errors.js'
import type { BusInput } from './events/open-bus.js'
import type { MailOptions } from './notices/mail-options.js'
import { checkTrustedProxies, type TrustedProxies, type TrustedProxiesOption } from './request/client-ip.js'
import type { PlacesOption } from './request/places.js'
import type { Clock, Logger, SessionData } from './session.js'
import type { DefaultUserSessionsAdapter } from './sessions/adapter.js'
import type { StorageInput } from './storage/open-storage.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The shortest secret taken, in characters. OWASP ASVS 5.0 11.2.3 asks for 128 bits; text carries less than 8 a character. */
const SECRET_LENGTH = 32

/**
 * Options of `createUserSessions`. They are checked once and frozen; an unknown name is an error. Durations are
 * milliseconds.
 *
 * @typeParam User the app's user id type
 */
export interface UserSessionsOptions<User = string> {
  /**
   * Where records are kept: `sqlite:./data/sessions.db`, `postgres://user@host/database`, `mysql://user@host/database`,
   * `redis://host`, `memory:` (tests), an open SQLite handle (node:sqlite, better-sqlite3, libsql), a `Pool` of pg, a pool of mysql2, a
   * client or cluster of redis or ioredis, or a `Storage`.
   */
  storage: StorageInput
  /**
   * Seals session keys at rest; at least 32 characters. An array rotates: the first one writes, all of them read.
   * Losing it signs nobody out; it only means that ending cannot destroy old keys in the app's store.
   */
  secret: string | readonly string[] | undefined
  /**
   * Whether ip, user agent and last seen follow each request, and client changes are told. Default is false
   * (as django-allauth's `TRACK_ACTIVITY`, parity row 3).
   */
  trackActivity?: boolean
  /** Between two writes of one session's last seen. Default is 60,000 (a minute). */
  touchInterval?: number
  /** Between two batches of writes. Default is 5,000. A crash loses at most `touchInterval` + `flushInterval` of last seen. */
  flushInterval?: number
  /**
   * How long a session's client stays known to it: going back to one is written, but is no change to tell. Default is
   * 86,400,000 (a day).
   */
  clientMemory?: number
  /**
   * Whether to ask browsers for client hints, which tell Windows 11 from 10 and the model of a phone: every response then
   * carries `Accept-CH`. Default is false.
   */
  clientHints?: boolean
  /**
   * Tells other processes of ends at once, instead of within `maxStaleness`: a `redis://…` or `postgres://…` URL, a client of `redis`
   * or `ioredis`, a `Pool` of pg (which lends its settings; one connection of its own is opened), or a {@link Bus}. Default is none.
   */
  bus?: BusInput
  /**
   * How long another process may take to notice an end. Default is 10,000 where a server-side store vouches for sessions,
   * 1,000 where our records are the only authority (tokens).
   */
  maxStaleness?: number
  /** How long a session can live at most when its cookie does not say. Default is 30 days. */
  maxLifetime?: number
  /**
   * How long records stay after their session has run out, or would have had it not been ended: as history and as a bar to
   * revival. Default is 30 days.
   */
  retention?: number
  /**
   * Between two clean-ups; of the processes that share a storage, one does it. 0 turns them off in this process. Default is
   * 3,600,000 (an hour).
   */
  purgeInterval?: number
  /** How many live sessions a user may have; signing in beyond it ends the oldest. Default is no limit. */
  maxSessionsPerUser?: number
  /** Whether to create or upgrade the tables at start. Default is true for a `sqlite:` URL, else false. */
  migrate?: boolean
  /** Begins every table's name, and every key in Redis. Default is `user_`. */
  tablePrefix?: string
  /** The schema of PostgreSQL that holds the tables; `migrate` makes it. Default is the first one of the `search_path`. */
  schema?: string
  /** How many sessions this process remembers. Default is 100,000. */
  cacheSize?: number
  /**
   * Proxies in front of the app: how many, or which (IPs and CIDRs). Default is 0: the client is the socket's peer, and
   * forwarded headers are ignored (OWASP ASVS 5.0 15.3.4).
   */
  trustedProxies?: TrustedProxiesOption
  /**
   * `enforce` refuses ended sessions. `observe` refuses nothing and counts what it would have refused, to try it on live
   * traffic. `off` keeps out of every request and does not open the storage: the switch for a bad day. Default is
   * `enforce`.
   */
  mode?: 'enforce' | 'observe' | 'off'
  /**
   * Where addresses are, for people to read: the path of an .mmdb file, read into memory once, which needs `maxmind` to be
   * installed; or an object with `locate(ip)`, in memory too. Default is none: nobody is told a place.
   */
  places?: PlacesOption
  /** Behaviour to override. Default is `new DefaultUserSessionsAdapter()`. */
  adapter?: DefaultUserSessionsAdapter
  /** Security mails to users when a session's client changes; needs `trackActivity`. Default is none. */
  mail?: MailOptions<User>
  /** Default is `console`. */
  logger?: Logger
  /** Tells the time. For tests. Default is `Date.now`. */
  clock?: Clock
}

/** Gives the app's user ids their type: makes one from the stored text, `Number` for example. */
export interface UserIdOption<User> {
  userId: (stored: string) => User
}

/** Gives the app's metadata its type: checks or completes what was stored. */
export interface DataOption<Data extends SessionData> {
  data: (stored: SessionData) => Data
}

/** Options as the parts see them: complete, checked, frozen. */
export interface Config {
  readonly mode: 'enforce' | 'observe' | 'off'
  readonly secrets: readonly string[]
  readonly trackActivity: boolean
  readonly touchInterval: number
  readonly flushInterval: number
  readonly clientMemory: number
  readonly clientHints: boolean
  readonly maxStaleness: number | undefined
  readonly maxLifetime: number
  readonly retention: number
  readonly purgeInterval: number
  readonly maxSessionsPerUser: number | undefined
  readonly cacheSize: number
  readonly trustedProxies: TrustedProxies
  readonly logger: Logger
  readonly clock: Clock
}

const NAMES: Record<keyof (UserSessionsOptions<unknown> & UserIdOption<unknown> & DataOption<SessionData>), true> = {
  storage: true,
  secret: true,
  trackActivity: true,
  touchInterval: true,
  flushInterval: true,
  clientMemory: true,
  clientHints: true,
  bus: true,
  maxStaleness: true,
  maxLifetime: true,
  retention: true,
  purgeInterval: true,
  maxSessionsPerUser: true,
  migrate: true,
  tablePrefix: true,
  schema: true,
  cacheSize: true,
  trustedProxies: true,
  mode: true,
  places: true,
  adapter: true,
  mail: true,
  logger: true,
  clock: true,
  userId: true,
  data: true,
}

/**
 * Checks options and fills in defaults.
 *
 * @throws UserSessionsError `option_unknown`, `option_invalid`, `secret_missing`, `secret_too_short`
 */
export function resolveOptions<User>(options: UserSessionsOptions<User>): Config {
  checkNames(options, Object.keys(NAMES), 'createUserSessions')
  if (options.mail && !options.trackActivity) {
    throw new UserSessionsError(
      'option_invalid',
      "Option 'mail' tells users of client changes, and those are only seen with `trackActivity: true`.",
    )
  }
  return Object.freeze({
    mode: checkMode(options.mode),
    secrets: checkSecrets(options.secret),
    trackActivity: flag('trackActivity', options.trackActivity, false),
    touchInterval: whole('touchInterval', options.touchInterval, MINUTE, 0),
    flushInterval: whole('flushInterval', options.flushInterval, 5 * SECOND, 10),
    clientMemory: whole('clientMemory', options.clientMemory, DAY, 0),
    clientHints: flag('clientHints', options.clientHints, false),
    maxStaleness: optional('maxStaleness', options.maxStaleness, 0),
    maxLifetime: whole('maxLifetime', options.maxLifetime, 30 * DAY, MINUTE),
    retention: whole('retention', options.retention, 30 * DAY, 0),
    purgeInterval: whole('purgeInterval', options.purgeInterval, HOUR, 0),
    maxSessionsPerUser: optional('maxSessionsPerUser', options.maxSessionsPerUser, 1),
    cacheSize: whole('cacheSize', options.cacheSize, 100_000, 100),
    trustedProxies: checkTrustedProxies(options.trustedProxies),
    logger: options.logger ?? console,
    clock: options.clock ?? Date.now,
  })
}

function checkSecrets(secret: unknown): readonly string[] {
  const secrets = Array.isArray(secret) ? secret : [secret]
  if (secret === undefined || secret === null || secret === '' || secrets.length === 0) {
    throw new UserSessionsError(
      'secret_missing',
      'createUserSessions needs a secret: `secret: process.env.SESSION_SECRET`. Make one with `node -p "crypto.randomBytes(32).toString(\'hex\')"` and keep it out of the code.',
    )
  }
  for (const one of secrets) {
    if (typeof one !== 'string') throw new TypeError('secret must be a string or an array of strings.')
    if (one.length < SECRET_LENGTH) {
      throw new UserSessionsError(
        'secret_too_short',
        `The secret has ${one.length} characters, at least ${SECRET_LENGTH} are needed. Make one with \`node -p "crypto.randomBytes(32).toString('hex')"\`.`,
      )
    }
  }
  return Object.freeze([...secrets])
}

function checkMode(mode: unknown): Config['mode'] {
  if (mode === undefined) return 'enforce'
  if (mode === 'enforce' || mode === 'observe' || mode === 'off') return mode
  throw invalid('mode', "'enforce', 'observe' or 'off'", mode)
}

function flag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw invalid(name, 'true or false', value)
  return value
}

function optional(name: string, value: unknown, least: number): number | undefined {
  return value === undefined ? undefined : whole(name, value, least, least)
}
