import { type Kysely, sql } from 'kysely'
import { purgeAfter } from '../purge-after.js'
import { isRecordId } from '../record-id.js'
import type { Touch } from '../storage.js'
import type { Tables } from './tables.js'
import { rowsOf, type Work } from './work.js'

/**
 * {@link Storage.touch} as one statement of arrays: its text, and so its plan, is the same for every number of rows. They are
 * locked in the order of their ids, as {@link lockedFirst} does; their user may change while this waits.
 */
export function* touchMany(db: Kysely<Tables>, chunk: readonly Touch[]): Work<Touch[]> {
  const batch = latestOfEach(chunk)
  const sessions = sql.table('user_sessions')
  const query = sql<{ user_id: string; id: string }>`
    with touched as (
      select s.user_id, s.id, b.seen, b.expires, b.purge
      from unnest(
        ${batch.map(({ userId }) => userId)}::text[], ${batch.map(({ id }) => id)}::uuid[],
        ${batch.map(({ lastSeenAt }) => lastSeenAt)}::bigint[], ${batch.map(({ expiresAt }) => expiresAt)}::bigint[],
        ${batch.map(({ expiresAt }) => purgeAfter(expiresAt))}::bigint[]
      ) as b (user_id, id, seen, expires, purge)
      join ${sessions} as s on s.user_id = b.user_id and s.id = b.id
      where s.ended_at is null
      order by s.id
      for no key update of s
    )
    update ${sessions} as s set
      last_seen_at = greatest(s.last_seen_at, t.seen),
      expires_at = greatest(s.expires_at, t.expires),
      purge_after = greatest(s.purge_after, t.purge)
    from touched as t
    where s.user_id = t.user_id and s.id = t.id and s.ended_at is null
    returning s.user_id, s.id`
  const rows = yield* rowsOf({ compile: () => query.compile(db) })
  const touched = new Set(rows.map(({ user_id, id }) => nameOf(user_id, id)))
  return chunk.filter(({ userId, id }) => !touched.has(nameOf(userId, id)))
}

/** An update meets each row once, so a session that is there twice is to be there once, at its latest. */
function latestOfEach(chunk: readonly Touch[]): Touch[] {
  const latest = new Map<string, Touch>()
  for (const touch of chunk) {
    const { userId, id, lastSeenAt, expiresAt } = touch
    if (!isRecordId(id)) continue
    const name = nameOf(userId, id)
    const other = latest.get(name)
    latest.set(name, {
      ...touch,
      lastSeenAt: Math.max(lastSeenAt, other?.lastSeenAt ?? lastSeenAt),
      expiresAt: Math.max(expiresAt, other?.expiresAt ?? expiresAt),
    })
  }
  return [...latest.values()]
}

function nameOf(userId: string, id: string): string {
  return `${id} ${userId}`
}
