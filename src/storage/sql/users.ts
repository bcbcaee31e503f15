import { type RawBuilder, sql } from 'kysely'
import type { Clock } from '../../session.js'
import { ERASED_KEPT } from '../changes.js'
import type { SqlContext } from './dialect.js'
import { lockedFirst } from './locked-first.js'
import { moreMarks } from './unsettled-work.js'
import { affectedBy, rowsOf, type Work } from './work.js'

/** What to set on a user besides the time of the change. */
interface UserChange {
  readonly disabled?: 0 | 1
  readonly erased?: boolean
  /** The time of an end that marks the user, see {@link EndHow.unsettled}. */
  readonly unsettledAt?: number | undefined
}

/**
 * Holds a user against other writers until the transaction ends; before anything else, or two would wait for each other.
 * One whom we do not know has no sessions and no row, and gets none.
 */
export function* holdUser({ db, dialect }: SqlContext, userId: string): Work<void> {
  if (dialect.transactionLocks) return
  yield* rowsOf(db.selectFrom('user_session_users').select('user_id').where('user_id', '=', userId).forUpdate())
}

/** Notes that something of the user's changed: never the same time twice, so that no poll takes it for seen. */
export function* bumpUser(context: SqlContext, userId: string, clock: Clock, change: UserChange = {}): Work<void> {
  const { db } = context
  const { disabled, unsettledAt } = change
  const first = unsettledAt === undefined ? {} : { unsettled: 1, unsettled_since: unsettledAt }
  const marks = unsettledAt === undefined ? {} : moreMarks(1, unsettledAt)
  const now = clock()
  const erased_at = change.erased ? now : null
  const changed_at = laterThanLast(context, now)
  const user = { user_id: userId, changed_at: now, disabled: disabled ?? 0, erased_at, ...first }
  const changes = { changed_at, erased_at, ...marks, ...(disabled !== undefined && { disabled }) }
  const insert = db.insertInto('user_session_users').values(user)
  yield* affectedBy(
    context.dialect.upserts === 'duplicate key'
      ? insert.onDuplicateKeyUpdate(changes)
      : insert.onConflict((conflict) => conflict.column('user_id').doUpdateSet(changes)),
  )
}

/** Notes the same change again, after a commit so slow that a poll may have gone past the time noted first. */
export function* bumpAgain(context: SqlContext, userId: string, clock: Clock): Work<void> {
  const changed_at = laterThanLast(context, clock())
  yield* affectedBy(context.db.updateTable('user_session_users').set({ changed_at }).where('user_id', '=', userId))
}

function laterThanLast({ dialect }: SqlContext, now: number): RawBuilder<number> {
  return sql<number>`${sql.raw(dialect.greatest)}(${sql.ref('user_session_users.changed_at')} + 1, ${now})`
}

/** Deletes all on a user but that something changed, which other readers have yet to learn. Returns how many records. */
export function* eraseUser(context: SqlContext, userId: string, clock: Clock): Work<number> {
  yield* holdUser(context, userId)
  const count = yield* affectedBy(
    context.db.deleteFrom('user_sessions').where('user_id', '=', userId).where(lockedFirst(context, userId)),
  )
  const users = context.db.selectFrom('user_session_users').select('user_id').where('user_id', '=', userId)
  const known = count > 0 || (yield* rowsOf(users)).length > 0
  if (known) yield* bumpUser(context, userId, clock, { disabled: 0, erased: true })
  return count
}

/** Deletes erased users for good, once every reader had the time to learn of it. */
export function* forgetErased({ db, dialect }: SqlContext, now: number): Work<void> {
  const before = now - ERASED_KEPT
  if (dialect.deletesInOrder) {
    yield* affectedBy(db.deleteFrom('user_session_users').where('erased_at', '<', before))
    return
  }
  const erased = db.selectFrom('user_session_users').select('user_id').where('erased_at', '<', before)
  yield* affectedBy(
    db
      // One that is held just now is coming back, or goes with a later purge.
      .with('due', () => (dialect.transactionLocks ? erased : erased.forUpdate().skipLocked()))
      .deleteFrom('user_session_users')
      .where('erased_at', '<', before)
      .where('user_id', 'in', (eb) => eb.selectFrom('due').select('user_id')),
  )
}
