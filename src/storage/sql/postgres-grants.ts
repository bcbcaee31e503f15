import { sql } from 'kysely'
import { UserSessionsError } from '../../errors.js'
import type { SqlContext } from './dialect.js'
import { grantStatements, RIGHTS } from './grant-statements.js'
import { TABLE_NAMES, withPrefix } from './prefix-plugin.js'
import type { Runner } from './runner.js'
import { rowsOf, type Work } from './work.js'

/** One of our tables, and what the connection's role may not do with it. */
interface Found {
  readonly schema: string
  readonly name: string
  readonly role: string
  readonly usable: boolean
  readonly lacking: readonly string[]
}

/**
 * Checks that this role may read and write the tables: a grant that is missing is to be told at the start, and not by the first
 * sign-in.
 *
 * @throws UserSessionsError `storage_grant_missing`, with the statements to run
 */
export async function checkGrants(runner: Runner, context: SqlContext): Promise<void> {
  const found = await runner.run(() => foundTables(context))
  const lacking = found.filter((table) => !table.usable || table.lacking.length > 0)
  const [first] = lacking
  if (!first) return
  const { schema, role, usable } = first
  const tables = lacking.map(({ name, lacking: rights }) => rights.length > 0 && `${rights.join(', ')} on ${name}`)
  const what = [!usable && `usage of the schema ${schema}`, ...tables].filter(Boolean).join('; ')
  const statements = grantStatements(context.db, { role, schema, tablePrefix: context.tablePrefix })
  throw new UserSessionsError(
    'storage_grant_missing',
    `The role ${role} lacks: ${what}. Run as the owner of the tables: ${statements.map((each) => `${each};`).join(' ')}`,
  )
}

/** The error of a migration, as it is to be told: whoever may not make tables is to leave it to somebody who may. */
export function migrationFault(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error) || Reflect.get(cause, 'code') !== INSUFFICIENT_PRIVILEGE) return error
  return new UserSessionsError(
    'storage_grant_missing',
    `This role may not make or change tables (${cause.message}). Run \`npx usersessions migrate\` as one that may, and leave out \`migrate: true\`.`,
    { cause },
  )
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * From the catalog, which everybody may read. In a schema that the role may not use the search path finds nothing, so that it is
 * gone through by hand.
 */
function* foundTables({ db, schema, tablePrefix }: SqlContext): Work<readonly Found[]> {
  const meta = withPrefix('user_session_meta', tablePrefix)
  const path = sql`string_to_array(replace(replace(replace(current_setting('search_path'), '"$user"', current_user), '"', ''), ' ', ''), ',')`
  const home =
    schema === undefined
      ? sql`coalesce(
          (select relnamespace from pg_class where oid = to_regclass(${meta})),
          (select m.relnamespace from pg_class as m join pg_namespace as s on s.oid = m.relnamespace
            where m.relname = ${meta} and s.nspname = any(${path}) order by array_position(${path}, s.nspname::text) limit 1))`
      : sql`to_regnamespace(${schema})`
  const query = sql<Found>`
    select n.nspname as schema, c.relname as name, current_user::text as role, has_schema_privilege(n.oid, 'usage') as usable,
      array(select r from unnest(${[...RIGHTS]}::text[]) as r where not has_table_privilege(c.oid, r)) as lacking
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.oid = ${home} and c.relname = any(${TABLE_NAMES.map((name) => withPrefix(name, tablePrefix))}::text[])
    order by c.relname`
  return yield* rowsOf({ compile: () => query.compile(db) })
}
