import { Kysely } from 'kysely'
import { UserSessionsError } from '../../errors.js'
import { checkSchemaName } from '../schema-name.js'
import { checkTablePrefix } from '../table-prefix.js'
import type { SqlContext, SqlDialect } from './dialect.js'
import { PrefixPlugin } from './prefix-plugin.js'
import type { Tables } from './tables.js'

/** @throws UserSessionsError `option_invalid` when the table prefix or the schema is none */
export function createContext(dialect: SqlDialect, tablePrefix: string, schema?: string): SqlContext {
  checkTablePrefix(tablePrefix)
  if (schema !== undefined) {
    checkSchemaName(schema)
    if (!dialect.schemas) {
      throw new UserSessionsError('option_invalid', `There are no schemas in ${dialect.name}: leave out 'schema'.`)
    }
  }
  const db = new Kysely<Tables>({ dialect: dialect.compiler, plugins: [new PrefixPlugin(tablePrefix, schema)] })
  return { db, dialect, tablePrefix, schema }
}
