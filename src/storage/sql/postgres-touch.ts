import { type Kysely, type RawBuilder, sql } from 'kysely'
import { purgeAfter } from '../purge-after.js'
import type { Touch } from '../storage.js'
import type { Tables } from './tables.js'
import { touchesInOrder, touchName } from './touches-in-order.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/**
 * A plan that goes through the batch in its order, row by row through the index: writers who meet the same rows meet them in one
 * order, that of their ids, as {@link lockedFirst} does. A lock on each row first would do the same at twice the cost.
 */
const IN_ORDER = sql`select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
  set_config('enable_seqscan', 'off', true)`

/** {@link Storage.touch} as one statement of arrays: its text, and so its plan, is the same for every number of rows. */
export function* touchMany(db: Kysely<Tables>, chunk: readonly Touch[]): Work<Touch[]> {
  const batch = touchesInOrder(chunk)
  const sessions = sql.table('user_sessions')
  yield* rowsOf({ compile: () => IN_ORDER.compile(db) })
  const update = sql`
    update ${sessions} as s set
      last_seen_at = greatest(s.last_seen_at, t.seen),
      expires_at = greatest(s.expires_at, t.expires),
      purge_after = greatest(s.purge_after, t.purge)
    from ${rows(batch)} as t (user_id, id, seen, expires, purge)
    where s.user_id = t.user_id and s.id = t.id and s.ended_at is null`
  const touched = yield* affectedBy({ compile: () => update.compile(db) })
  // Almost always: to have each row told would cost a tenth of the whole.
  if (touched === chunk.length) return []
  const query = sql<{ user_id: string; id: string }>`
    select s.user_id, s.id from ${rows(batch)} as t (user_id, id, seen, expires, purge)
    join ${sessions} as s on s.user_id = t.user_id and s.id = t.id and s.ended_at is null`
  const live = yield* rowsOf({ compile: () => query.compile(db) })
  const names = new Set(live.map(({ user_id, id }) => touchName(user_id, id)))
  return chunk.filter(({ userId, id }) => !names.has(touchName(userId, id)))
}

function rows(batch: readonly Touch[]): RawBuilder<unknown> {
  return sql`unnest(
      ${batch.map(({ userId }) => userId)}::text[], ${batch.map(({ id }) => id)}::uuid[],
      ${batch.map(({ lastSeenAt }) => lastSeenAt)}::bigint[], ${batch.map(({ expiresAt }) => expiresAt)}::bigint[],
      ${batch.map(({ expiresAt }) => purgeAfter(expiresAt))}::bigint[]
    )`
}
