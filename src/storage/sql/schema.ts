import { UserSessionsError } from '../../errors.js'
import { mysql } from './mysql.js'
import { partitionedMysql, partitionedPostgres } from './partitions.js'
import { postgres } from './postgres.js'
import { schemaStatements } from './schema-statements.js'
import { sqlite } from './sqlite.js'

const DIALECTS = { sqlite, postgres, mysql }
const PARTITIONED = { sqlite: undefined, postgres: partitionedPostgres, mysql: partitionedMysql }

/** A database whose SQL this package writes. */
export type SchemaDialect = keyof typeof DIALECTS

/** Every {@link SchemaDialect}. */
export const SCHEMA_DIALECTS: readonly SchemaDialect[] = ['sqlite', 'postgres', 'mysql']

/**
 * The statements that make the tables of this version in an empty database, for people with a migration tool of their own
 * (parity row 1). Connects to nothing.
 *
 * @param tablePrefix begins every table's name. Default is `user_`
 * @param options.partitions cuts the table of sessions up by a hash of the user; not in SQLite. Default is one table
 * @throws UserSessionsError `option_invalid` when the table prefix or the number of partitions is none
 */
export function schema(
  dialect: SchemaDialect,
  tablePrefix?: string,
  { partitions }: { readonly partitions?: number | undefined } = {},
): string[] {
  if (partitions === undefined) return schemaStatements(DIALECTS[dialect], tablePrefix)
  const partitioned = PARTITIONED[dialect]?.(partitions)
  if (!partitioned) throw new UserSessionsError('option_invalid', `There are no partitions in ${dialect}.`)
  return schemaStatements(partitioned, tablePrefix)
}
