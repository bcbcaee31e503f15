import type { Ending, SeenClient, SessionRecord } from '../session.js'

/** A new record, before any end and any change of its client. */
export type NewRecord = Omit<SessionRecord, 'endedAt' | 'endReason' | 'endedBy' | 'knownClients'>

/** At most `max` live sessions of the user after recording; the oldest created are evicted. */
export interface Cap {
  readonly max: number
  /** How evicted ones end. */
  readonly ending: Ending
  /** As {@link EndHow.unsettled}, when somebody is evicted. */
  readonly unsettled?: boolean
}

/** What {@link Storage.record} did. */
export type Recorded =
  | { readonly outcome: 'recorded'; readonly record: SessionRecord; readonly evicted: readonly SessionRecord[] }
  /** This user already has a record under this key hash: live, or ended (then the session must be refused). */
  | { readonly outcome: 'exists'; readonly record: SessionRecord }
  | { readonly outcome: 'blocked' }

/** Which of a user's sessions. */
export type Which =
  | 'all'
  /** With `underKeys`, only those that still have one of these key hashes: a re-key meanwhile gave the session another. */
  | { readonly ids: readonly string[]; readonly underKeys?: readonly Uint8Array[] }
  | { readonly except: readonly string[] }

/** One session's activity in a batch. `lastSeenAt` and `expiresAt` only ever move forward. */
export interface Touch {
  readonly userId: string
  readonly id: string
  readonly lastSeenAt: number
  readonly expiresAt: number
}

/** Fields that {@link Storage.update} may change. Absent means unchanged. */
export interface RecordPatch extends Partial<SeenClient> {
  readonly knownClients?: string | null
  readonly lastSeenAt?: number
  readonly authenticatedAt?: number
  readonly name?: string | null
  readonly data?: string | null
}

/** One live record whose session key is sealed anew; see {@link Storage.reseal}. */
export interface Reseal {
  readonly userId: string
  readonly id: string
  /** The sealed key as it was read. */
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** What a client change starts from: the record as the one who makes it has read it. */
export type ClientBefore = Pick<SessionRecord, 'ip' | 'userAgent' | 'knownClients'>

/** What a change of `data` starts from. */
export type DataBefore = Pick<SessionRecord, 'data'>

/** How to end. */
export interface EndHow extends Ending {
  /** Random, one per call (UUID). Names the rows this call ended, and is what a later {@link Storage.rekey} must present. */
  readonly endingId: string
  /** Frees the key: its session goes on as somebody else's or nobody's, so the tombstone must not hold it. Default is false. */
  readonly release?: boolean
  /** Leaves alone what is being re-keyed: it is not known to be gone. Default is false. */
  readonly sparesRekeys?: boolean
  /**
   * Marks the user, when sessions really ended and as one with that: what hangs on them has yet to go. {@link Storage.settled}
   * takes it back. Default is false.
   */
  readonly unsettled?: boolean
}

/** Where {@link Storage.rekey} moves a record. */
export interface RekeyTo {
  readonly keyHash: Uint8Array
  readonly sealedKey: Uint8Array | null
  /** When the old key's tombstone ends, unix milliseconds. */
  readonly at: number
  /** The tombstone's record id, a UUIDv7. */
  readonly tombstoneId: string
  /** The end that this undoes marked the user (`unsettled`): takes the mark back as one with it. Default is false. */
  readonly unsettled?: boolean
}

/** A user whose ends are marked: what hangs on some of their sessions has yet to go. */
export interface Unsettled {
  readonly userId: string
  /** How many ends are marked, at least 1. */
  readonly ends: number
  /** When the first of them came, by its own `at`; so the sessions are among those ended at or after it. */
  readonly since: number
  /** When something of the user's last changed: no mark comes without another. */
  readonly changedAt: number
}

/** Opaque to callers: pass back what the last call returned. */
export interface ChangeCursor {
  readonly at: number
  readonly seen: ReadonlyMap<string, number>
  /** Of a storage that keeps several logs of changes: how far each was read. */
  readonly positions?: readonly number[]
}

/** What {@link Storage.meta} writes: in any case, only if there is nothing yet, or only in the place of `from`. */
export interface MetaChange {
  readonly value: string
  readonly ifAbsent?: boolean
  /** A compare-and-set: of many callers that come from the same value, exactly one writes. */
  readonly from?: string
}

/** A page of records over all users, newest first. */
export interface SearchQuery {
  /** Matches a user id exactly, or an IP by prefix. */
  readonly text?: string
  readonly limit: number
  /** The `id` of the last record of the page before. */
  readonly after?: string
}

/**
 * Where records are kept. Times are unix milliseconds; ids are UUIDv7 strings; user ids are compared byte by byte.
 * Text that no database can hold (NUL, half a surrogate pair) is kept with U+FFFD in its place; a user id of that kind, empty
 * or beyond 255 UTF-8 bytes is a `TypeError`, and so is a time that is no whole number. After `close`, all else throws `closed`.
 * A storage that cannot be reached throws `storage_unavailable`, or `storage_busy` when bounded retries ran out.
 * The suite in `usersessions/testing` proves this contract.
 */
export interface Storage {
  readonly name: string
  /** Inserts unless the user is blocked or has a record under that key hash. A cap is applied in the same transaction. */
  record(record: NewRecord, cap?: Cap): Promise<Recorded>
  /** The record under a key hash, live or ended. */
  find(userId: string, keyHash: Uint8Array): Promise<SessionRecord | undefined>
  get(userId: string, id: string): Promise<SessionRecord | undefined>
  /** Live ones, newest created first; with `endedSince`, those ended at or after that time instead, latest end first. One query. */
  list(userId: string, page?: { readonly limit?: number; readonly endedSince?: number }): Promise<SessionRecord[]>
  /** Moves last seen and expiry forward, in as few statements as the storage allows. Never revives. Returns what it did not touch: what is ended or gone. */
  touch(batch: readonly Touch[]): Promise<Touch[]>
  /**
   * Changes a live record; last seen only forward. With `from`, only if ip, user agent and known clients still are these, or
   * the data still is, to the letter: true for exactly one of many callers.
   */
  update(userId: string, id: string, patch: RecordPatch, from?: ClientBefore | DataBefore): Promise<boolean>
  /**
   * Brings a record back to life under a new key, only if `endingId` is the one that ended it and no other end came
   * since, and leaves a tombstone (reason `rekeyed`) for the old key. Last seen moves to `at`. False when not.
   */
  rekey(userId: string, id: string, endingId: string, next: RekeyTo): Promise<boolean>
  /** Ends what is still live, and voids a pending re-key of what is not. Returns the records it really ended. */
  end(userId: string, which: Which, how: EndHow): Promise<SessionRecord[]>
  /** Users whose sessions were ended (or who were blocked) since, at least once each. The first call, without a cursor, returns none. */
  changedSince(cursor?: ChangeCursor): Promise<{ readonly cursor: ChangeCursor; readonly users: readonly string[] }>
  /** While blocked, `record` refuses. Ends nothing by itself. */
  block(userId: string, blocked: boolean): Promise<void>
  isBlocked(userId: string): Promise<boolean>
  /**
   * Gives one user's records to another id, but for those whose key that one has a record of already. Counts as a change of
   * both. Returns how many.
   */
  moveUser(from: string, to: string): Promise<number>
  /**
   * Deletes everything kept on a user, and counts as a change of theirs: for that the bare id is kept for a day, and goes with
   * the first purge after it. Returns how many records.
   */
  erase(userId: string): Promise<number>
  /**
   * Marked users whose first mark is from before `before`, longest waiting first; `after` is the last one of the page before.
   * An erasure leaves the mark, and `moveUser` takes it along.
   */
  unsettled(before: number, limit: number, after?: Unsettled): Promise<Unsettled[]>
  /**
   * What hung on the sessions is gone. Of one end, by its `at`: takes one mark back, unless the first one left is later than
   * that. Of all that {@link unsettled} told of: takes all marks back, unless another change came since.
   */
  settled(userId: string, what: { readonly endedAt: number } | Unsettled): Promise<void>
  /** Deletes up to `limit` records, ended or not, whose expiry rounded up to a whole day lies before `before`. One chunk. */
  purge(before: number, limit: number): Promise<number>
  /** How many `purge` would delete. */
  countPurgeable(before: number): Promise<number>
  /** Reads a value; with `change`, writes first, if it may. Returns what is stored then. */
  meta(key: string, change?: MetaChange): Promise<string | undefined>
  /**
   * Changes how the keys of live records are sealed, each only if it still is `from`: a re-key or an end meanwhile wins. No change
   * that others must learn of. Returns how many.
   */
  reseal(batch: readonly Reseal[]): Promise<number>
  /** Over all users. */
  search(query: SearchQuery): Promise<SessionRecord[]>
  /**
   * Live ones over all users in an order of the storage's own, each user's together; `after` is the last one of the page before,
   * live or not. What is live all the while is told of once. Fewer than `limit` are the last; each page costs what it holds.
   */
  walk(limit: number, after?: Pick<SessionRecord, 'userId' | 'id'>): Promise<SessionRecord[]>
  /**
   * Drops what this storage made, for good, if it is what it made; with `dryRun` it only looks. Returns what it is called.
   * Optional: without it, people do it by hand.
   */
  uninstall?(options?: { readonly dryRun?: boolean }): Promise<readonly string[]>
  close(): Promise<void>
}
