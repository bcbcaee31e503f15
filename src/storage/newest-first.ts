import type { SessionRecord } from '../session.js'

/** Sorts newest created first; ids, being UUIDv7, decide between equals. */
export function newestFirst(a: SessionRecord, b: SessionRecord): number {
  return b.createdAt - a.createdAt || compareIds(b, a)
}

/** Sorts latest end first. */
export function latestEndFirst(a: SessionRecord, b: SessionRecord): number {
  return (b.endedAt ?? 0) - (a.endedAt ?? 0) || compareIds(b, a)
}

/** Sorts by id, ascending. */
export function compareIds(a: SessionRecord, b: SessionRecord): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
