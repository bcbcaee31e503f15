import type { ColumnType } from 'kysely'

/** Drivers hand out 64-bit integers as numbers, bigints or strings. */
type Whole = ColumnType<number | bigint | string, number, number>
/** A whole number that is 0 unless it is given. */
type WholeOrZero = ColumnType<number | bigint | string, number | undefined, number>
type WholeOrNull = ColumnType<number | bigint | string | null, number | null, number | null>
/** libsql hands out blobs as ArrayBuffer. */
type Bytes = ColumnType<Uint8Array | ArrayBuffer, Uint8Array, Uint8Array>
/** MySQL hands out bytes, since its collations take one user for another. */
type UserId = ColumnType<Uint8Array | string, string, string>
/** Text where the database knows UUIDs, else their 16 bytes. */
type Id = ColumnType<Uint8Array | ArrayBuffer | string, Uint8Array | string, Uint8Array | string>
type IdOrNull = ColumnType<
  Uint8Array | ArrayBuffer | string | null,
  Uint8Array | string | null,
  Uint8Array | string | null
>
type BytesOrNull = ColumnType<Uint8Array | ArrayBuffer | null, Uint8Array | null, Uint8Array | null>

/** One session. */
export interface SessionsTable {
  user_id: UserId
  id: Id
  key_hash: Bytes
  sealed_key: BytesOrNull
  ip: string | null
  user_agent: string | null
  hints: string | null
  created_at: Whole
  last_seen_at: Whole
  authenticated_at: Whole
  expires_at: Whole
  /** `expires_at` rounded up to a whole day. */
  purge_after: Whole
  ended_at: WholeOrNull
  end_reason: string | null
  ended_by: string | null
  /** The `end` call that ended it, while its re-key may still come. */
  end_id: IdOrNull
  name: string | null
  data: string | null
  known_clients: string | null
}

/** One user: the cap's lock, the log of changes and whether sign-ins are refused. */
export interface UsersTable {
  user_id: UserId
  changed_at: Whole
  disabled: Whole
  /** Set while only the news of an erasure is left of the user. */
  erased_at: WholeOrNull
  /** How many ends have yet to be settled. */
  unsettled: WholeOrZero
  /** When the first of them came. */
  unsettled_since: WholeOrNull
}

export interface MetaTable {
  key: string
  value: string
}

/** The tables by their default names; see `prefix-plugin.ts` for others. */
export interface Tables {
  user_sessions: SessionsTable
  user_session_users: UsersTable
  user_session_meta: MetaTable
}
