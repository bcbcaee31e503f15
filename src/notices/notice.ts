import type { Client, Device } from '../session.js'

/**
 * Something to tell a person: a session of theirs is used from another client than before.
 *
 * @typeParam User the app's user id type
 */
export interface Notice<User = unknown> {
  readonly kind: 'clientChanged'
  readonly user: User
  /** The session's public handle. */
  readonly sessionId: string
  /** The client before. */
  readonly from: Client
  /** The client of the visit that this is about. */
  readonly to: Client
  /** When that visit was, unix milliseconds. */
  readonly at: number
  /** What `to` is, in plain words. */
  readonly device: Device
  /** What `from` is, in plain words. */
  readonly fromDevice: Device
  /** Where `to` is, in plain words and only approximately: `Lisbon, Portugal`. Null when it is not known. */
  readonly location: string | null
  /** The same of `from`. */
  readonly fromLocation: string | null
}
