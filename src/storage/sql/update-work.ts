import { sql } from 'kysely'
import type { SessionRecord } from '../../session.js'
import { isRecordId } from '../record-id.js'
import type { ClientBefore, DataBefore, RecordPatch } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { getRecord } from './reads.js'
import { affectedBy, type Work } from './work.js'

/** {@link Storage.update} as a statement. */
export function* updateWork(
  context: SqlContext,
  userId: string,
  id: string,
  patch: RecordPatch,
  from: ClientBefore | DataBefore | undefined,
): Work<boolean> {
  if (!isRecordId(id)) return false
  const changes = toChanges(context, patch)
  if (Object.keys(changes).length === 0) {
    const record = yield* getRecord(context, userId, id)
    return record?.endedAt === null && (!from || isStill(record, from))
  }
  let query = context.db
    .updateTable('user_sessions')
    .set(changes)
    .where('user_id', '=', userId)
    .where('id', '=', context.dialect.toId(id))
    .where('ended_at', 'is', null)
  if (from && !('ip' in from)) query = query.where('data', from.data === null ? 'is' : '=', from.data)
  else if (from) {
    query = query
      .where('ip', from.ip === null ? 'is' : '=', from.ip)
      .where('user_agent', from.userAgent === null ? 'is' : '=', from.userAgent)
      .where('known_clients', from.knownClients === null ? 'is' : '=', from.knownClients)
  }
  return (yield* affectedBy(query)) > 0
}

function toChanges({ dialect }: SqlContext, patch: RecordPatch) {
  const { ip, userAgent, hints, knownClients, lastSeenAt, authenticatedAt, name, data } = patch
  const greatest = sql.raw(dialect.greatest)
  return {
    ...(ip !== undefined && { ip }),
    ...(userAgent !== undefined && { user_agent: userAgent }),
    ...(hints !== undefined && { hints }),
    ...(knownClients !== undefined && { known_clients: knownClients }),
    ...(lastSeenAt !== undefined && { last_seen_at: sql<number>`${greatest}(last_seen_at, ${lastSeenAt})` }),
    ...(authenticatedAt !== undefined && { authenticated_at: authenticatedAt }),
    ...(name !== undefined && { name }),
    ...(data !== undefined && { data }),
  }
}

function isStill(record: SessionRecord, from: ClientBefore | DataBefore): boolean {
  if (!('ip' in from)) return record.data === from.data
  const { ip, userAgent, knownClients } = from
  return record.ip === ip && record.userAgent === userAgent && record.knownClients === knownClients
}
