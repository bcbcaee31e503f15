import { isRecordId } from '../record-id.js'
import type { Reseal } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { affectedBy, type Work } from './work.js'

/** {@link Storage.reseal} as a statement for each record, in the order of their ids, as a batch of touches goes. */
export function* resealWork({ db, dialect }: SqlContext, batch: readonly Reseal[]): Work<number> {
  let count = 0
  for (const { userId, id, from, to } of [...batch].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (!isRecordId(id)) continue
    count += yield* affectedBy(
      db
        .updateTable('user_sessions')
        .set({ sealed_key: to })
        .where('user_id', '=', userId)
        .where('id', '=', dialect.toId(id))
        .where('sealed_key', '=', from)
        .where('ended_at', 'is', null),
    )
  }
  return count
}
