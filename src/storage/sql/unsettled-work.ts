import { sql } from 'kysely'
import type { Unsettled } from '../storage.js'
import type { SqlContext } from './dialect.js'
import { readUserId } from './rows.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/** What adds marks to those a user has: the time of the first one stays, or goes back. */
export function moreMarks(ends: number, since: number) {
  const [count, first] = [sql.ref('user_session_users.unsettled'), sql.ref('user_session_users.unsettled_since')]
  return {
    unsettled: sql<number>`${count} + ${ends}`,
    unsettled_since: sql<number>`case when ${first} <= ${since} then ${first} else ${since} end`,
  }
}

/** {@link Storage.unsettled} as a statement. */
export function* unsettledWork(
  { db }: SqlContext,
  before: number,
  limit: number,
  after: Unsettled | undefined,
): Work<Unsettled[]> {
  let query = db
    .selectFrom('user_session_users')
    .select(['user_id', 'unsettled', 'unsettled_since', 'changed_at'])
    .where('unsettled_since', '<', before)
    .orderBy('unsettled_since')
    .orderBy('user_id')
    .limit(limit)
  if (after) {
    const { since, userId } = after
    query = query.where((eb) =>
      eb.or([
        eb('unsettled_since', '>', since),
        eb.and([eb('unsettled_since', '=', since), eb('user_id', '>', userId)]),
      ]),
    )
  }
  return (yield* rowsOf(query)).map((row) => ({
    userId: readUserId(row.user_id),
    ends: Number(row.unsettled),
    since: Number(row.unsettled_since),
    changedAt: Number(row.changed_at),
  }))
}

/** {@link Storage.settled} as a statement. */
export function* settledWork(
  { db }: SqlContext,
  userId: string,
  what: { readonly endedAt: number } | Unsettled,
): Work<void> {
  const user = db.updateTable('user_session_users').where('user_id', '=', userId)
  if ('endedAt' in what) {
    yield* affectedBy(
      user
        .set({
          // The time first: MySQL would let it see the new count.
          unsettled_since: sql<number | null>`case when unsettled > 1 then unsettled_since end`,
          unsettled: sql<number>`unsettled - 1`,
        })
        .where('unsettled_since', '<=', what.endedAt),
    )
    return
  }
  yield* affectedBy(
    user
      .set({ unsettled_since: null, unsettled: 0 })
      .where('unsettled_since', '=', what.since)
      .where('changed_at', '=', what.changedAt),
  )
}

/** What has yet to be settled goes with the sessions it is about. */
export function* moveMarks({ db }: SqlContext, from: string, to: string): Work<void> {
  const users = db.selectFrom('user_session_users').select(['unsettled', 'unsettled_since'])
  const [marks] = yield* rowsOf(users.where('user_id', '=', from).where('unsettled_since', 'is not', null))
  if (!marks) return
  const more = moreMarks(Number(marks.unsettled), Number(marks.unsettled_since))
  yield* affectedBy(db.updateTable('user_session_users').set(more).where('user_id', '=', to))
  const none = { unsettled: 0, unsettled_since: null }
  yield* affectedBy(db.updateTable('user_session_users').set(none).where('user_id', '=', from))
}
