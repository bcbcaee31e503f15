import type { SessionRecord } from '../../session.js'
import { advanceCursor, CHANGE_WINDOW, type Change, firstCursor } from '../changes.js'
import { checkLimit } from '../check-record.js'
import { compareIds, latestEndFirst, newestFirst } from '../newest-first.js'
import { purgeAfter } from '../purge-after.js'
import { isRecordId } from '../record-id.js'
import type { ChangeCursor, SearchQuery } from '../storage.js'
import type { MemoryUser, MemoryUsers } from './users.js'

export function listInMemory(
  user: MemoryUser | undefined,
  page: { readonly limit?: number; readonly endedSince?: number } = {},
): SessionRecord[] {
  const { limit, endedSince } = page
  if (limit !== undefined) checkLimit(limit)
  const all = user ? [...user.entries.values()].map(({ record }) => record) : []
  const found =
    endedSince === undefined
      ? all.filter(({ endedAt }) => endedAt === null).sort(newestFirst)
      : all.filter(({ endedAt }) => endedAt !== null && endedAt >= endedSince).sort(latestEndFirst)
  return limit === undefined ? found : found.slice(0, limit)
}

export function changedInMemory(users: MemoryUsers, cursor: ChangeCursor | undefined, now: number) {
  const changes: Change[] = []
  for (const [userId, { changedAt }] of users.all()) if (changedAt > 0) changes.push({ userId, changedAt })
  if (cursor) {
    const recent = changes.filter(({ changedAt }) => changedAt > cursor.at - CHANGE_WINDOW)
    return advanceCursor(cursor, recent, now)
  }
  const latest = changes.reduce((max, { changedAt }) => Math.max(max, changedAt), 0)
  return { cursor: firstCursor(latest, now), users: [] }
}

export function purgeable(users: MemoryUsers, before: number): { user: MemoryUser; record: SessionRecord }[] {
  const due: { user: MemoryUser; record: SessionRecord }[] = []
  for (const [, user] of users.all()) {
    for (const { record } of user.entries.values()) {
      if (purgeAfter(record.expiresAt) < before) due.push({ user, record })
    }
  }
  return due
}

export function searchInMemory(users: MemoryUsers, { text, limit, after }: SearchQuery): SessionRecord[] {
  if (after !== undefined && !isRecordId(after)) return []
  const found: SessionRecord[] = []
  for (const [userId, user] of users.all()) {
    for (const { record } of user.entries.values()) {
      const matches = !text || userId === text || record.ip?.startsWith(text)
      if (matches && (after === undefined || record.id < after)) found.push(record)
    }
  }
  return found.sort((a, b) => compareIds(b, a)).slice(0, limit)
}

export function walkInMemory(
  users: MemoryUsers,
  limit: number,
  after?: Pick<SessionRecord, 'userId' | 'id'>,
): SessionRecord[] {
  const isBeyond = ({ userId, id }: SessionRecord) =>
    !after || userId > after.userId || (userId === after.userId && id > after.id)
  const found = [...users.all()].flatMap(([, { entries }]) =>
    [...entries.values()].flatMap(({ record }) => (record.endedAt === null && isBeyond(record) ? [record] : [])),
  )
  return found.sort((a, b) => (a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : compareIds(a, b))).slice(0, limit)
}
