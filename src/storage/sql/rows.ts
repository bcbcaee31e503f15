import type { Insertable, Selectable } from 'kysely'
import { END_REASONS, type Ending, type EndReason, type SessionRecord } from '../../session.js'
import { purgeAfter } from '../purge-after.js'
import { bytesToId } from '../record-id.js'
import type { SqlDialect } from './dialect.js'
import type { SessionsTable } from './tables.js'

/** A record as its row. */
export function toRow({ toId }: SqlDialect, record: SessionRecord): Insertable<SessionsTable> {
  return {
    user_id: record.userId,
    id: toId(record.id),
    key_hash: record.keyHash,
    sealed_key: record.sealedKey,
    ip: record.ip,
    user_agent: record.userAgent,
    hints: record.hints,
    created_at: record.createdAt,
    last_seen_at: record.lastSeenAt,
    authenticated_at: record.authenticatedAt,
    expires_at: record.expiresAt,
    purge_after: purgeAfter(record.expiresAt),
    ended_at: record.endedAt,
    end_reason: record.endReason,
    ended_by: record.endedBy,
    end_id: null,
    name: record.name,
    data: record.data,
    known_clients: record.knownClients,
  }
}

/** A row as its record. */
export function toRecord(row: Selectable<SessionsTable>): SessionRecord {
  return {
    id: readId(row.id),
    userId: readUserId(row.user_id),
    keyHash: toBytes(row.key_hash),
    sealedKey: row.sealed_key && toBytes(row.sealed_key),
    ip: row.ip,
    userAgent: row.user_agent,
    hints: row.hints,
    createdAt: Number(row.created_at),
    lastSeenAt: Number(row.last_seen_at),
    authenticatedAt: Number(row.authenticated_at),
    expiresAt: Number(row.expires_at),
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
    endReason: row.end_reason === null ? null : toReason(row.end_reason),
    endedBy: row.ended_by,
    name: row.name,
    data: row.data,
    knownClients: row.known_clients,
  }
}

/** A live row as the record that an end makes of it. */
export function toEnded(row: Selectable<SessionsTable>, { at, reason, by }: Ending): SessionRecord {
  return { ...toRecord(row), endedAt: at, endReason: reason, endedBy: by }
}

/** A user's id as databases hand it out, as its text. */
export function readUserId(userId: Uint8Array | string): string {
  return typeof userId === 'string' ? userId : Buffer.from(toBytes(userId)).toString()
}

/** An id as databases hand it out, as its text. */
export function readId(id: Uint8Array | ArrayBuffer | string): string {
  return typeof id === 'string' ? id : bytesToId(toBytes(id))
}

/** A blob as drivers hand it out, as plain bytes. */
function toBytes(blob: Uint8Array | ArrayBuffer): Uint8Array {
  return blob instanceof Uint8Array
    ? new Uint8Array(blob.buffer, blob.byteOffset, blob.byteLength)
    : new Uint8Array(blob)
}

function toReason(text: string): EndReason {
  // A later version may know a reason that this one does not; ended it is all the same.
  return END_REASONS.find((reason) => reason === text) ?? 'app'
}
