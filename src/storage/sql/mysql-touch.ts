import { type Kysely, type RawBuilder, sql } from 'kysely'
import { purgeAfter } from '../purge-after.js'
import type { Touch } from '../storage.js'
import { readId, readUserId } from './rows.js'
import type { Tables } from './tables.js'
import { touchesInOrder, touchName } from './touches-in-order.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/**
 * {@link Storage.touch} as one statement, whose rows come as one parameter. The join goes through them in their order, row by row
 * through the primary key: writers who meet the same rows meet them in one order, that of their ids.
 */
export function* touchMany(db: Kysely<Tables>, chunk: readonly Touch[]): Work<Touch[]> {
  const batch = touchesInOrder(chunk)
  const sessions = sql.table('user_sessions')
  const joined = sql`${rows(batch)} straight_join ${sessions} as s on s.user_id = unhex(t.user_id) and s.id = unhex(t.id)`
  const update = sql`
    update ${joined} set
      s.last_seen_at = greatest(s.last_seen_at, t.seen_at),
      s.expires_at = greatest(s.expires_at, t.expire_at),
      s.purge_after = greatest(s.purge_after, t.purge_day)
    where s.ended_at is null`
  const touched = yield* affectedBy({ compile: () => update.compile(db) })
  if (touched === chunk.length) return []
  const query = sql<{
    user_id: Uint8Array
    id: Uint8Array
  }>`select s.user_id, s.id from ${joined} where s.ended_at is null`
  const live = yield* rowsOf({ compile: () => query.compile(db) })
  const names = new Set(live.map(({ user_id, id }) => touchName(readUserId(user_id), readId(id))))
  return chunk.filter(({ userId, id }) => !names.has(touchName(userId, id)))
}

function rows(batch: readonly Touch[]): RawBuilder<unknown> {
  const json = JSON.stringify(
    batch.map(({ userId, id, lastSeenAt, expiresAt }) => [
      Buffer.from(userId).toString('hex'),
      id.replaceAll('-', ''),
      lastSeenAt,
      expiresAt,
      purgeAfter(expiresAt),
    ]),
  )
  return sql`json_table(${json}, '$[*]' columns (
      user_id varchar(510) path '$[0]', id char(32) path '$[1]',
      seen_at bigint path '$[2]', expire_at bigint path '$[3]', purge_day bigint path '$[4]'
    )) as t`
}
