import { type Kysely, sql } from 'kysely'
import { TABLE_NAMES, withPrefix } from './prefix-plugin.js'
import type { Tables } from './tables.js'

/** What a role needs on each of the tables, and nothing besides. */
export const RIGHTS = ['select', 'insert', 'update', 'delete'] as const

/** Whom to grant what. */
export interface Grants {
  readonly role: string
  readonly tablePrefix: string
  /** Without one, the tables are found by the search path, and so is the schema. */
  readonly schema?: string | undefined
}

/** The statements that let a role work with the tables, and not change what they are; PostgreSQL. */
export function grantStatements(db: Kysely<Tables>, { role, tablePrefix, schema }: Grants): string[] {
  const to = sql.id(role)
  const tables = TABLE_NAMES.map((name) => {
    const own = withPrefix(name, tablePrefix)
    return schema === undefined ? sql.id(own) : sql.id(schema, own)
  })
  const statements = [sql`grant ${sql.raw(RIGHTS.join(', '))} on ${sql.join(tables)} to ${to}`]
  if (schema !== undefined) statements.unshift(sql`grant usage on schema ${sql.id(schema)} to ${to}`)
  return statements.map((each) => each.compile(db).sql)
}
