/** The words of this package as types. See ARCHITECTURE.md for how they meet. */

/**
 * Why a session ended.
 *
 * - `user`: signed out in that session itself
 * - `other-session`: ended by its user from another session
 * - `admin`: ended by an administrator
 * - `app`: ended by the app's own code
 * - `limit`: pushed out by the cap on sessions per user
 * - `expired`: the app's session store no longer has it, or its own time was over
 * - `idle`: it was not used for too long; for apps that end idle sessions themselves
 * - `switched`: another user signed in under the same session key
 * - `credentials-changed`: a password or factor changed
 * - `blocked`: its user is blocked
 * - `not-me`: its user does not know it
 * - `token-reused`: a refresh token came again that had been used before, so that somebody else may have it
 * - `rekeyed`: only on the tombstone of an old key; the session itself lives on under a new key
 * - `purged`: it ended, and its record is past its retention; inferred, never stored
 */
export type EndReason =
  | 'user'
  | 'other-session'
  | 'admin'
  | 'app'
  | 'limit'
  | 'expired'
  | 'idle'
  | 'switched'
  | 'credentials-changed'
  | 'blocked'
  | 'not-me'
  | 'token-reused'
  | 'rekeyed'
  | 'purged'

/** Every value of {@link EndReason}, for validation and documentation. */
export const END_REASONS: readonly EndReason[] = [
  'user',
  'other-session',
  'admin',
  'app',
  'limit',
  'expired',
  'idle',
  'switched',
  'credentials-changed',
  'blocked',
  'not-me',
  'token-reused',
  'rekeyed',
  'purged',
]

/** How a session came to its end. */
export interface Ending {
  readonly reason: EndReason
  /** Who ended it: a user id, `admin:<name>` or whatever the app passed; null when nobody in particular did. */
  readonly by: string | null
  /** Unix milliseconds. */
  readonly at: number
}

/** The (ip, user agent) pair as seen with a visit. Either part is null when it cannot be told. */
export interface Client {
  readonly ip: string | null
  readonly userAgent: string | null
}

/** A {@link Client} with all that a visit tells of it. */
export interface SeenClient extends Client {
  /** What client hints add to the user agent, as a short JSON text of ours; null without them. */
  readonly hints: string | null
}

/**
 * How grave a change of client is, gravest first:
 *
 * - `operating-system-changed`, `browser-changed`: another device or program; also the same browser in an older version
 * - `new-country`: told by `places`, where it knows both
 * - `new-network`: another IPv4 /16 or IPv6 /64 (Mastodon's rule)
 * - `network-roamed`: another address in the same network and country
 * - `browser-updated`: the same browser on the same system, in another version
 */
export type ChangeGrade =
  | 'operating-system-changed'
  | 'browser-changed'
  | 'new-country'
  | 'new-network'
  | 'network-roamed'
  | 'browser-updated'

/** Every value of {@link ChangeGrade}, gravest first. */
export const CHANGE_GRADES: readonly ChangeGrade[] = [
  'operating-system-changed',
  'browser-changed',
  'new-country',
  'new-network',
  'network-roamed',
  'browser-updated',
]

/** What differs between the client a session was last seen with and the present one. */
export interface ClientChange {
  readonly ip: boolean
  readonly userAgent: boolean
  /** The gravest of `grades`. */
  readonly grade: ChangeGrade
  /** One of the device, one of the network; gravest first. */
  readonly grades: readonly ChangeGrade[]
  /** Plain sentences in English, for people: `It is used from Firefox on Ubuntu now; before, it was from Chrome on Windows.` */
  readonly text: string
}

/** The readable form of a client. */
export interface Device {
  /** For people, for example `Chrome on Windows`. Never empty. */
  readonly label: string
  readonly browser: string | null
  /** The major version of the browser or program, never part of the label; null when it is not told. */
  readonly version: number | null
  readonly os: string | null
  readonly kind: 'desktop' | 'mobile' | 'tablet' | 'tv' | 'bot' | 'program' | 'unknown'
}

/** Where an address is, as far as a database of addresses tells: approximate, and at times wrong. */
export interface Place {
  /** ISO 3166-1 alpha-2, in upper case. */
  readonly country: string | null
  /** A state or province, in English. */
  readonly region: string | null
  /** In English. */
  readonly city: string | null
}

/** The app's own metadata on a session: any JSON object. */
export type SessionData = Record<string, unknown>

/**
 * Our row on one session as storages keep it. Times are unix milliseconds. The public form is {@link UserSession}.
 */
export interface SessionRecord extends SeenClient {
  /** UUIDv7. A handle, never a credential. */
  readonly id: string
  readonly userId: string
  /** SHA-256 of the session key, 32 bytes. */
  readonly keyHash: Uint8Array
  /** The session key sealed with AES-256-GCM; null when there is nothing to destroy. */
  readonly sealedKey: Uint8Array | null
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly authenticatedAt: number
  readonly expiresAt: number
  readonly endedAt: number | null
  readonly endReason: EndReason | null
  readonly endedBy: string | null
  readonly name: string | null
  /** A JSON object as text; null when the app gave none. */
  readonly data: string | null
  /** Clients it was lately used from, as hashes; null while there was but one. */
  readonly knownClients: string | null
}

/**
 * One session of a user, as the app and its pages see it. Carries no key: nothing in it opens a session.
 *
 * @typeParam User the app's user id type
 * @typeParam Data the app's own metadata
 */
export interface UserSession<User = string, Data extends SessionData = SessionData> {
  /** Public handle, a UUIDv7. Safe in pages, URLs and logs; always used together with a user. */
  readonly id: string
  readonly user: User
  readonly ip: string | null
  /** Cut at 512 code points. */
  readonly userAgent: string | null
  readonly device: Device
  /** Told from the ip when it is shown, and never kept. Null when it is not known, and without the option `places`. */
  readonly place: Place | null
  readonly createdAt: Date
  /** Equals `createdAt` or the sign-in unless `trackActivity` is on. */
  readonly lastSeenAt: Date
  readonly authenticatedAt: Date
  readonly expiresAt: Date
  readonly endedAt: Date | null
  readonly endReason: EndReason | null
  readonly endedBy: string | null
  /** A name the user gave it. */
  readonly name: string | null
  readonly data: Data
}

/** A {@link UserSession} in a list, seen from one request. */
export interface ListedSession<User = string, Data extends SessionData = SessionData> extends UserSession<User, Data> {
  /** Whether it is the session of the request that asked; always false when no request did. */
  readonly isCurrent: boolean
}

/** What may be changed on a session by the app. */
export interface SessionPatch<Data extends SessionData = SessionData> {
  /** At most 100 code points; null removes it. */
  readonly name?: string | null
  /** Replaces the whole object. JSON, at most 8 KiB. */
  readonly data?: Data
}

/** Where a log line goes. `console` fits. */
export interface Logger {
  warn(message: string, details?: unknown): void
  error(message: string, details?: unknown): void
}

/** The time in unix milliseconds. */
export type Clock = () => number
