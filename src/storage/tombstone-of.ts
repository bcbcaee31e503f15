import type { SessionRecord } from '../session.js'
import type { RekeyTo } from './storage.js'

/** What stays of a record under its old key when it moves to a new one: enough to refuse that key, and nothing personal. */
export function tombstoneOf(record: SessionRecord, next: RekeyTo): SessionRecord {
  return {
    ...record,
    id: next.tombstoneId,
    ip: null,
    userAgent: null,
    hints: null,
    knownClients: null,
    name: null,
    data: null,
    endedAt: next.at,
    endReason: 'rekeyed',
  }
}
