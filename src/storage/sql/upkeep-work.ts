import { type Compilable, sql } from 'kysely'
import type { MetaChange } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { orLeave, putMeta } from './upsert.js'
import { forgetErased } from './users.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/** {@link Storage.purge} as a statement, and after the last chunk one more, for what erasures left. */
export function* purgeWork(context: SqlContext, before: number, limit: number, now: number): Work<number> {
  const count = yield* affectedBy(deleteDue(context, before, limit))
  if (count < limit) yield* forgetErased(context, now)
  return count
}

function deleteDue({ db, dialect }: SqlContext, before: number, limit: number): Compilable {
  const sessions = db.deleteFrom('user_sessions').where('purge_after', '<', before)
  if (dialect.deletesInOrder) return sessions.orderBy('purge_after').limit(limit)
  const first = db.selectFrom('user_sessions').where('purge_after', '<', before).orderBy('purge_after').limit(limit)
  if (dialect.rowName !== undefined) {
    const row = sql.ref(dialect.rowName)
    return sessions.where(row, 'in', first.select(row.as('row')))
  }
  const due = first.select(['user_id', 'id']).forUpdate().skipLocked()
  return (
    db
      // Not a subquery: PostgreSQL may run one again, and skip other rows the second time.
      .with('due', () => due)
      .deleteFrom('user_sessions')
      .where('purge_after', '<', before)
      .where((eb) =>
        eb(
          eb.refTuple('user_id', 'id'),
          'in',
          eb.selectFrom('due').select(['user_id', 'id']).$asTuple('user_id', 'id'),
        ),
      )
  )
}

/** {@link Storage.countPurgeable} as a statement. */
export function* countPurgeableWork({ db }: SqlContext, before: number): Work<number> {
  const count = db.selectFrom('user_sessions').select((eb) => eb.fn.countAll().as('count'))
  const [row] = yield* rowsOf(count.where('purge_after', '<', before))
  return Number(row?.count ?? 0)
}

/** {@link Storage.meta} as statements. */
export function* metaWork(context: SqlContext, key: string, change: MetaChange | undefined): Work<string | undefined> {
  const { db } = context
  if (change?.from !== undefined) {
    const { value, from } = change
    yield* affectedBy(
      db.updateTable('user_session_meta').set({ value }).where('key', '=', key).where('value', '=', from),
    )
  } else if (change) {
    const { value, ifAbsent } = change
    const insert = db.insertInto('user_session_meta').values({ key, value })
    yield* affectedBy(ifAbsent ? orLeave(context.dialect, insert, ['key']) : putMeta(context, key, value))
  }
  const [row] = yield* rowsOf(db.selectFrom('user_session_meta').select('value').where('key', '=', key))
  return row?.value
}
