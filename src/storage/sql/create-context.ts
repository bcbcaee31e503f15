import { Kysely } from 'kysely'
import { checkTablePrefix } from '../table-prefix.js'
import type { SqlContext, SqlDialect } from './dialect.js'
import { PrefixPlugin } from './prefix-plugin.js'
import type { Tables } from './tables.js'

/** @throws UserSessionsError `option_invalid` when the table prefix is none */
export function createContext(dialect: SqlDialect, tablePrefix: string): SqlContext {
  checkTablePrefix(tablePrefix)
  const db = new Kysely<Tables>({ dialect: dialect.compiler, plugins: [new PrefixPlugin(tablePrefix)] })
  return { db, dialect, tablePrefix }
}
