import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { SqlContext } from './dialect.js'
import type { Tables } from './tables.js'

/** What says which sessions. */
export type SessionsBuilder = ExpressionBuilder<Tables, 'user_sessions'>

/**
 * Narrows a write to some of a user's sessions. Where transactions do not keep each other out, these rows are locked in the
 * order of their ids first: in any other order, this and a batch of touches would wait for each other.
 */
export function lockedFirst(
  { db, dialect }: SqlContext,
  userId: string,
  chosen: (eb: SessionsBuilder) => Expression<SqlBool> = (eb) => eb.lit(true),
): (eb: SessionsBuilder) => Expression<SqlBool> {
  if (dialect.transactionLocks || dialect.locksInOrder) return chosen
  const ids = db.selectFrom('user_sessions').select('id').where('user_id', '=', userId).where(chosen)
  return (eb) => dialect.among(eb.ref('id'), ids.orderBy('id').forUpdate())
}
