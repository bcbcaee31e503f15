import type { Compilable, ExpressionOrFactory, InsertQueryBuilder, InsertResult } from 'kysely'
import type { SqlContext, SqlDialect } from './dialect.js'
import type { Tables } from './tables.js'

/** Leaves the row that is there already. `key` is what makes them the same. */
export function orLeave<Table extends keyof Tables>(
  { upserts }: SqlDialect,
  insert: InsertQueryBuilder<Tables, Table, InsertResult>,
  key: readonly (keyof Tables[Table] & string)[],
): Compilable {
  return upserts === 'duplicate key'
    ? insert.ignore()
    : insert.onConflict((conflict) => conflict.columns(key).doNothing())
}

type Text = string | ExpressionOrFactory<Tables, 'user_session_meta', string>

/** Writes a value of meta, over the one that is there. */
export function putMeta({ db, dialect }: SqlContext, key: Text, value: Text): Compilable {
  const insert = db.insertInto('user_session_meta').values({ key, value })
  return dialect.upserts === 'duplicate key'
    ? insert.onDuplicateKeyUpdate({ value })
    : insert.onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
}
