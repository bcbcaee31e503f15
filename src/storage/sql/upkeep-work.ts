import type { MetaChange } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { forgetErased } from './users.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/** {@link Storage.purge} as a statement, and after the last chunk one more, for what erasures left. */
export function* purgeWork(context: SqlContext, before: number, limit: number, now: number): Work<number> {
  const { db, dialect } = context
  const due = db
    .selectFrom('user_sessions')
    .select(['user_id', 'id'])
    .where('purge_after', '<', before)
    .orderBy('purge_after')
    .limit(limit)
  const count = yield* affectedBy(
    db
      // Not a subquery: PostgreSQL may run one again, and skip other rows the second time.
      .with('due', () => (dialect.transactionLocks ? due : due.forUpdate().skipLocked()))
      .deleteFrom('user_sessions')
      .where('purge_after', '<', before)
      .where((eb) =>
        eb(
          eb.refTuple('user_id', 'id'),
          'in',
          eb.selectFrom('due').select(['user_id', 'id']).$asTuple('user_id', 'id'),
        ),
      ),
  )
  if (count < limit) yield* forgetErased(context, now)
  return count
}

/** {@link Storage.countPurgeable} as a statement. */
export function* countPurgeableWork({ db }: SqlContext, before: number): Work<number> {
  const count = db.selectFrom('user_sessions').select((eb) => eb.fn.countAll().as('count'))
  const [row] = yield* rowsOf(count.where('purge_after', '<', before))
  return Number(row?.count ?? 0)
}

/** {@link Storage.meta} as statements. */
export function* metaWork({ db }: SqlContext, key: string, change: MetaChange | undefined): Work<string | undefined> {
  if (change?.from !== undefined) {
    const { value, from } = change
    yield* affectedBy(
      db.updateTable('user_session_meta').set({ value }).where('key', '=', key).where('value', '=', from),
    )
  } else if (change) {
    const { value, ifAbsent } = change
    const insert = db.insertInto('user_session_meta').values({ key, value })
    yield* affectedBy(
      insert.onConflict((conflict) => {
        const sameKey = conflict.column('key')
        return ifAbsent ? sameKey.doNothing() : sameKey.doUpdateSet({ value })
      }),
    )
  }
  const [row] = yield* rowsOf(db.selectFrom('user_session_meta').select('value').where('key', '=', key))
  return row?.value
}
