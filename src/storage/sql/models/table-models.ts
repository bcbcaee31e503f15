import type { SqlDialect } from '../dialect.js'
import { withPrefix } from '../prefix-plugin.js'
import type { Tables } from '../tables.js'

/** What a column holds; each dialect has a type for it. */
export type ColumnKind = keyof SqlDialect['types']

/** A column as other tools' models need it. */
export interface ColumnModel {
  readonly name: string
  readonly kind: ColumnKind
  readonly nullable: boolean
  readonly defaultsTo?: number
}

/** Columns that stand together under a name. */
export interface ColumnGroup {
  readonly name: string
  readonly columns: readonly string[]
}

/** One of our tables as a migration makes it. */
export interface TableModel {
  readonly name: string
  readonly columns: readonly ColumnModel[]
  /** Without a name, when it is of one column. */
  readonly primaryKey: { readonly name?: string; readonly columns: readonly string[] }
  readonly uniques: readonly ColumnGroup[]
  readonly indexes: readonly ColumnGroup[]
}

type Columns<Table> = Readonly<Record<keyof Table, Omit<ColumnModel, 'name'>>>

const userId = { kind: 'userId', nullable: false } as const
const id = { kind: 'id', nullable: false } as const
const whole = { kind: 'whole', nullable: false } as const
const text = { kind: 'text', nullable: true } as const
const wholeOrNull = { kind: 'whole', nullable: true } as const

// That all of it agrees with the tables that migrations make is tested on each database.
const SESSIONS: Columns<Tables['user_sessions']> = {
  user_id: userId,
  id,
  key_hash: { kind: 'keyHash', nullable: false },
  sealed_key: { kind: 'bytes', nullable: true },
  ip: text,
  user_agent: text,
  created_at: whole,
  last_seen_at: whole,
  authenticated_at: whole,
  expires_at: whole,
  purge_after: whole,
  ended_at: wholeOrNull,
  end_reason: text,
  ended_by: text,
  end_id: { kind: 'id', nullable: true },
  name: text,
  data: text,
  hints: text,
  known_clients: text,
}
const USERS: Columns<Tables['user_session_users']> = {
  user_id: userId,
  changed_at: whole,
  disabled: whole,
  erased_at: wholeOrNull,
  unsettled: { ...whole, defaultsTo: 0 },
  unsettled_since: wholeOrNull,
}
const META: Columns<Tables['user_session_meta']> = { key: userId, value: { kind: 'text', nullable: false } }

/** Our tables, under a prefix. */
export function tableModels(tablePrefix: string): TableModel[] {
  const named = (name: string, ...columns: string[]) => ({ name: withPrefix(name, tablePrefix), columns })
  return [
    {
      name: withPrefix('user_sessions', tablePrefix),
      columns: toColumns(SESSIONS),
      primaryKey: named('user_sessions_pk', 'user_id', 'id'),
      uniques: [named('user_sessions_key', 'user_id', 'key_hash')],
      indexes: [named('user_sessions_purge', 'purge_after')],
    },
    {
      name: withPrefix('user_session_users', tablePrefix),
      columns: toColumns(USERS),
      primaryKey: { columns: ['user_id'] },
      uniques: [],
      indexes: [
        named('user_session_users_changed_at', 'changed_at'),
        named('user_session_users_erased_at', 'erased_at'),
        named('user_session_users_unsettled_since', 'unsettled_since', 'user_id'),
      ],
    },
    {
      name: withPrefix('user_session_meta', tablePrefix),
      columns: toColumns(META),
      primaryKey: { columns: ['key'] },
      uniques: [],
      indexes: [],
    },
  ]
}

function toColumns(columns: Readonly<Record<string, Omit<ColumnModel, 'name'>>>): ColumnModel[] {
  return Object.entries(columns).map(([name, column]) => ({ name, ...column }))
}
