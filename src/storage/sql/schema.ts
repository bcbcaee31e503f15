import { postgres } from './postgres.js'
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
 * @throws UserSessionsError `option_invalid` when the table prefix is none
 */
export function schema(dialect: SchemaDialect, tablePrefix?: string): string[] {
  return schemaStatements(DIALECTS[dialect], tablePrefix)
}
