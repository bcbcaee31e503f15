import { mysql } from './mysql.js'
import { postgres } from './postgres.js'
import { sqlite } from './sqlite.js'

/** The databases whose SQL this package writes. */
export const DIALECTS = { sqlite, postgres, mysql }

/** A database whose SQL this package writes. */
export type SchemaDialect = keyof typeof DIALECTS

/** Every {@link SchemaDialect}. */
export const SCHEMA_DIALECTS: readonly SchemaDialect[] = ['sqlite', 'postgres', 'mysql']
