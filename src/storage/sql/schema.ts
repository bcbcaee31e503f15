import { UserSessionsError } from '../../errors.js'
import { postgres } from './postgres.js'
import { partitionedPostgres } from './postgres-partitions.js'
import { schemaStatements } from './schema-statements.js'
import { sqlite } from './sqlite.js'

const DIALECTS = { sqlite, postgres }

/** A database whose SQL this package writes. */
export type SchemaDialect = keyof typeof DIALECTS

/** Every {@link SchemaDialect}. */
export const SCHEMA_DIALECTS: readonly SchemaDialect[] = ['sqlite', 'postgres']

/**
 * The statements that make the tables of this version in an empty database, for people with a migration tool of their own
 * (parity row 1). Connects to nothing.
 *
 * @param tablePrefix begins every table's name. Default is `user_`
 * @param options.partitions cuts the table of sessions up by a hash of the user; PostgreSQL only. Default is one table
 * @param options.schema makes the tables in a schema, which is made, too; PostgreSQL only. Default is the search path's first
 * @throws UserSessionsError `option_invalid` when the schema, the table prefix or the number of partitions is none
 */
export function schema(
  dialect: SchemaDialect,
  tablePrefix?: string,
  { partitions, schema }: { readonly partitions?: number | undefined; readonly schema?: string | undefined } = {},
): string[] {
  if (partitions === undefined) return schemaStatements(DIALECTS[dialect], tablePrefix, schema)
  if (dialect !== 'postgres') throw new UserSessionsError('option_invalid', `There are no partitions in ${dialect}.`)
  return schemaStatements(partitionedPostgres(partitions), tablePrefix, schema)
}
