import { sql } from 'kysely'
import { UserSessionsError } from '../../errors.js'
import type { SqlDialect } from './dialect.js'
import { mysql } from './mysql.js'
import { postgres } from './postgres.js'

/**
 * PostgreSQL with the table of sessions cut up by a hash of the user, for tables that are made from printed statements.
 *
 * @throws UserSessionsError `option_invalid` when `count` is not a whole number from 1 to 1000
 */
export function partitionedPostgres(count: number): SqlDialect {
  checkCount(count)
  return {
    ...postgres,
    partitions: {
      tableOptions: 'partition by hash (user_id)',
      statements: (table) =>
        Array.from({ length: count }, (_, part) => {
          const values = sql.raw(`(modulus ${count}, remainder ${part}) ${postgres.tableOptions}`)
          return sql`create table ${sql.table(`${table}_${part}`)} partition of ${sql.table(table)} for values with ${values}`
        }),
    },
  }
}

/** MySQL and MariaDB, the same. */
export function partitionedMysql(count: number): SqlDialect {
  checkCount(count)
  const tableOptions = `${mysql.tableOptions} partition by key (user_id) partitions ${count}`
  return { ...mysql, partitions: { tableOptions, statements: () => [] } }
}

function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return
  throw new UserSessionsError('option_invalid', 'The number of partitions must be a whole number from 1 to 1000.')
}
