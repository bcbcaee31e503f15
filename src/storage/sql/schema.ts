import { UserSessionsError } from '../../errors.js'
import { DEFAULT_TABLE_PREFIX } from '../table-prefix.js'
import { createContext } from './create-context.js'
import { grantStatements } from './grant-statements.js'
import { partitionedMysql, partitionedPostgres } from './partitions.js'
import { postgres } from './postgres.js'
import { DIALECTS, type SchemaDialect } from './schema-dialects.js'
import { schemaStatements } from './schema-statements.js'

export { MODEL_FORMATS, type ModelFormat, models } from './models.js'
export { SCHEMA_DIALECTS, type SchemaDialect } from './schema-dialects.js'

/** What {@link schema} may be told besides. */
export interface SchemaOptions {
  /** Cuts the table of sessions up by a hash of the user; not in SQLite. Default is one table. */
  readonly partitions?: number | undefined
  /** Makes a schema, and the tables in it; PostgreSQL only. Default is the first one of the search path. */
  readonly schema?: string | undefined
  /** Grants a role what the app needs on the tables, and no more; PostgreSQL only. Default is nobody. */
  readonly grantTo?: string | undefined
}

const PARTITIONED = { sqlite: undefined, postgres: partitionedPostgres, mysql: partitionedMysql }

/**
 * The statements that make the tables of this version in an empty database, for people with a migration tool of their own
 * (parity row 1). Connects to nothing.
 *
 * @param tablePrefix begins every table's name. Default is `user_`
 * @throws UserSessionsError `option_invalid` when the schema, the table prefix, the number of partitions or the role is none
 */
export function schema(dialect: SchemaDialect, tablePrefix?: string, options: SchemaOptions = {}): string[] {
  return [...tables(dialect, tablePrefix, options), ...grants(dialect, tablePrefix, options)]
}

function tables(
  dialect: SchemaDialect,
  tablePrefix: string | undefined,
  { partitions, schema }: SchemaOptions,
): string[] {
  if (partitions === undefined) return schemaStatements(DIALECTS[dialect], tablePrefix, schema)
  const partitioned = PARTITIONED[dialect]?.(partitions)
  if (!partitioned) throw new UserSessionsError('option_invalid', `There are no partitions in ${dialect}.`)
  return schemaStatements(partitioned, tablePrefix, schema)
}

function grants(dialect: SchemaDialect, tablePrefix = DEFAULT_TABLE_PREFIX, options: SchemaOptions): string[] {
  const { grantTo: role, schema } = options
  if (role === undefined) return []
  if (dialect !== 'postgres') throw new UserSessionsError('option_invalid', `Nobody is granted anything in ${dialect}.`)
  if (role === '' || role.includes('\0')) throw new UserSessionsError('option_invalid', 'That is no name of a role.')
  return grantStatements(createContext(postgres, tablePrefix, schema).db, { role, tablePrefix, schema })
}
