import { DEFAULT_TABLE_PREFIX } from '../table-prefix.js'
import { createContext } from './create-context.js'
import type { SqlDialect } from './dialect.js'
import { COMPATIBLE_KEY, compatibleSince, MIGRATIONS, metaTable, noteVersion, SCHEMA_VERSION } from './migrations.js'

/**
 * The statements that make the tables in an empty database, for people with a migration tool of their own.
 *
 * @throws UserSessionsError `option_invalid` when the table prefix is none
 */
export function schemaStatements(
  dialect: SqlDialect,
  tablePrefix: string = DEFAULT_TABLE_PREFIX,
  schema?: string,
): string[] {
  const context = createContext(dialect, tablePrefix, schema)
  const make = schema === undefined ? undefined : dialect.schemas?.make(schema)
  const own = make ? [make.compile(context.db).sql] : []
  const migrations = MIGRATIONS.flatMap((migration) => migration.statements(context))
  const versions = [
    noteVersion(context, SCHEMA_VERSION),
    noteVersion(context, compatibleSince(MIGRATIONS), COMPATIBLE_KEY),
  ]
  return [...own, ...[metaTable(context), ...migrations, ...versions].map((each) => each.compile().sql)]
}
