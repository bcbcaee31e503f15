import type { Store } from 'express-session'
import type { SessionRecord, Storage } from '../../src/index.js'
import type { Statements } from '../statements.js'

/** One storage under measurement, and beside it the bare driver on the same tables. */
export interface BenchStorage extends AsyncDisposable {
  readonly name: string
  readonly storage: Storage
  /** What the storage asked of its database. */
  readonly statements: Statements
  readonly bare: BareRecords
  /** Rows that fit into a bench of minutes, where the storage fills itself one by one. */
  readonly maxRows: number
  openAppStore(): Promise<AppStore>
  /** Which share of the updates no index learned of, where the database counts them. */
  hotShare?(): Promise<number | undefined>
}

/** How a table is filled. */
export interface Filling {
  readonly rows: number
  /** The first half could be purged at {@link NOW}; else none could. */
  readonly halfStale?: boolean
}

/** The best that a driver can do by itself with our tables, and looks that do not go through the storage. */
export interface BareRecords {
  /** Makes rows with the ids of {@link idOf}, each of a user of its own: of `user 0`, `user 1` and so on, unless they are to be stale. */
  fill(filling: Filling): Promise<void>
  /** Writes records in bulk. */
  insert(records: readonly SessionRecord[]): Promise<void>
  /** Where the bare driver has no tables of ours to work on: writes records into its own. */
  mirror?(records: readonly SessionRecord[]): Promise<void>
  /** One record, committed: the least that a sign-in can be. */
  insertOne(record: SessionRecord): Promise<void>
  /** Reads the live rows of a user; how many there are. */
  list(userId: string): Promise<number>
  /** Ends all of a user's live rows but one, in one statement, committed. */
  endOthers(userId: string, id: string): Promise<void>
  /** Writes last seen of many rows at once, committed. */
  touch(rows: readonly number[], at: number): Promise<void>
  /** How many of a user's rows are live. */
  live(userId: string): Promise<number>
  /** How many rows there are; undefined where only the storage can tell. */
  count(): Promise<number | undefined>
  /** Statistics, and space given back, as a server that has run for a while would have. */
  settle(): Promise<void>
}

/** The app's own session store, and the bare driver beside it. */
export interface AppStore extends AsyncDisposable {
  /** The package's name, or what stands in for one. */
  readonly name: string
  readonly store: Store
  /** What the store asked of its database. */
  readonly statements: Statements
  /** Makes sessions of a user under these keys. */
  fill(keys: readonly string[], userId: string): Promise<void>
  /** How many of these keys there are: the bare look, which is also the independent one. */
  existing(keys: readonly string[]): Promise<number>
  /** Deletes keys at once. */
  destroy(keys: readonly string[]): Promise<void>
}

/** Milliseconds. */
export const DAY = 86_400_000
/** What the benches take for now, on a whole day. */
export const NOW = 20_833 * DAY
/** When what is filled in runs out; on a whole day, so it is its own day of purging. */
export const EXPIRES = NOW + 30 * DAY
export const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
export const IP = '203.0.113.7'

/** The id of the row that {@link BareRecords.fill} makes under this number. */
export function idOf(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
}
