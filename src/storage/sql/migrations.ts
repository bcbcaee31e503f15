import { type Compilable, sql } from 'kysely'
import type { SqlContext, SqlDialect } from './dialect.js'
import { tableName, withPrefix } from './prefix-plugin.js'
import { putMeta } from './upsert.js'

/** One step of the schema. */
export interface Migration {
  readonly version: number
  /**
   * Whether code of the version before cannot go on with the tables. Default is that it can: then the step only adds what that
   * code neither reads nor must write, tables, indexes, and columns that are nullable or have a default.
   */
  readonly breaks?: boolean
  statements(context: SqlContext): readonly Compilable[]
}

/** Every step there is, oldest first. A released one never changes: changes come as a further one. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    statements: (context) => [
      sessionsTable(context),
      ...partitionTables(context),
      purgeIndex(context),
      usersTable(context),
      ...usersIndexes(context),
    ],
  },
  { version: 2, statements: clientColumns },
  { version: 3, statements: unsettledColumns },
]

/** The version that this code reads and writes. */
export const SCHEMA_VERSION = 3

/** Where the version is kept, in meta. */
export const VERSION_KEY = 'schema_version'

/** Where the earliest version is kept whose code can go on with the tables. */
export const COMPATIBLE_KEY = 'compatible_since'

/** The earliest version whose code can go on with tables that these steps made. */
export function compatibleSince(migrations: readonly Migration[]): number {
  return Math.max(1, ...migrations.filter(({ breaks }) => breaks).map(({ version }) => version))
}

/** The table that has the version, and so comes before every migration. */
export function metaTable({ db, dialect }: SqlContext): Compilable {
  return db.schema
    .createTable('user_session_meta')
    .ifNotExists()
    .addColumn('key', typed(dialect, 'userId'), (column) => column.primaryKey().notNull())
    .addColumn('value', typed(dialect, 'text'), (column) => column.notNull())
    .modifyEnd(sql.raw(dialect.tableOptions))
}

/** Notes a version. */
export function noteVersion(context: SqlContext, version: number, key: string = VERSION_KEY): Compilable {
  return putMeta(context, sql.lit(key), sql.lit(String(version)))
}

function sessionsTable({ db, dialect, tablePrefix }: SqlContext): Compilable {
  const text = typed(dialect, 'text')
  const whole = typed(dialect, 'whole')
  const bytes = typed(dialect, 'bytes')
  const id = typed(dialect, 'id')
  return db.schema
    .createTable('user_sessions')
    .addColumn('user_id', typed(dialect, 'userId'), (column) => column.notNull())
    .addColumn('id', id, (column) => column.notNull())
    .addColumn('key_hash', typed(dialect, 'keyHash'), (column) => column.notNull())
    .addColumn('sealed_key', bytes)
    .addColumn('ip', text)
    .addColumn('user_agent', text)
    .addColumn('created_at', whole, (column) => column.notNull())
    .addColumn('last_seen_at', whole, (column) => column.notNull())
    .addColumn('authenticated_at', whole, (column) => column.notNull())
    .addColumn('expires_at', whole, (column) => column.notNull())
    .addColumn('purge_after', whole, (column) => column.notNull())
    .addColumn('ended_at', whole)
    .addColumn('end_reason', text)
    .addColumn('ended_by', text)
    .addColumn('end_id', id)
    .addColumn('name', text)
    .addColumn('data', text)
    .addPrimaryKeyConstraint(withPrefix('user_sessions_pk', tablePrefix), ['user_id', 'id'])
    .addUniqueConstraint(withPrefix('user_sessions_key', tablePrefix), ['user_id', 'key_hash'])
    .modifyEnd(sql.raw(dialect.partitions?.tableOptions ?? dialect.tableOptions))
}

function partitionTables(context: SqlContext): Compilable[] {
  const { db, dialect } = context
  const parts = dialect.partitions?.statements(tableName(context, 'user_sessions')) ?? []
  return parts.map((part) => ({ compile: () => part.compile(db) }))
}

function purgeIndex({ db, tablePrefix }: SqlContext): Compilable {
  const name = withPrefix('user_sessions_purge', tablePrefix)
  return db.schema.createIndex(name).on('user_sessions').column('purge_after')
}

/** What client hints add to a user agent, and the clients a session was lately used from. SQLite adds one column at a time. */
function clientColumns({ db, dialect }: SqlContext): Compilable[] {
  return ['hints', 'known_clients'].map((column) =>
    db.schema.alterTable('user_sessions').addColumn(column, typed(dialect, 'text')),
  )
}

/** Ends whose cascade is not known to be done. */
function unsettledColumns({ db, dialect, tablePrefix }: SqlContext): Compilable[] {
  const whole = typed(dialect, 'whole')
  const users = db.schema.alterTable('user_session_users')
  const index = db.schema.createIndex(withPrefix('user_session_users_unsettled_since', tablePrefix))
  return [
    users.addColumn('unsettled', whole, (column) => column.notNull().defaultTo(sql.lit(0))),
    users.addColumn('unsettled_since', whole),
    index.on('user_session_users').columns(['unsettled_since', 'user_id']),
  ]
}

function usersTable({ db, dialect }: SqlContext): Compilable {
  const whole = typed(dialect, 'whole')
  return db.schema
    .createTable('user_session_users')
    .addColumn('user_id', typed(dialect, 'userId'), (column) => column.primaryKey().notNull())
    .addColumn('changed_at', whole, (column) => column.notNull())
    .addColumn('disabled', whole, (column) => column.notNull())
    .addColumn('erased_at', whole)
    .modifyEnd(sql.raw(dialect.tableOptions))
}

function usersIndexes({ db, tablePrefix }: SqlContext): Compilable[] {
  return ['changed_at', 'erased_at'].map((column) => {
    const name = withPrefix(`user_session_users_${column}`, tablePrefix)
    return db.schema.createIndex(name).on('user_session_users').column(column)
  })
}

function typed(dialect: SqlDialect, type: keyof SqlDialect['types']) {
  return sql.raw(dialect.types[type])
}
