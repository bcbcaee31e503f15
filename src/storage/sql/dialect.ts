import type { Dialect, Expression, Kysely, RawBuilder, SqlBool } from 'kysely'
import type { Touch } from '../storage.js'
import type { Tables } from './tables.js'
import type { Work } from './work.js'

/** What differs between databases; all other SQL is written once. */
export interface SqlDialect {
  readonly name: 'sqlite' | 'postgres' | 'mysql'
  /** Compiles; never connects. */
  readonly compiler: Dialect
  /** Column types. */
  readonly types: {
    /** Compared byte by byte. */
    readonly userId: string
    readonly id: string
    readonly keyHash: string
    readonly bytes: string
    readonly text: string
    readonly whole: string
  }
  /** What follows a table's closing bracket. */
  readonly tableOptions: string
  /** How the table of sessions is cut up by user, where it is. */
  readonly partitions?: Partitions
  /** How tables are put into a schema, in databases that know these. */
  readonly schemas?: Schemas
  /** The function that returns the larger one of its arguments. */
  readonly greatest: string
  /** How many touches go into one transaction. */
  readonly touchChunk: number
  /** Whether a transaction keeps all other writers out from its beginning, so that no user needs holding. */
  readonly transactionLocks: boolean
  /** Whether a write of some of a user's sessions locks them in the order of their ids by itself. */
  readonly locksInOrder: boolean
  /** Whether `update` can say which rows it changed. */
  readonly updatesReturn: boolean
  /** Whether `delete` takes an order and a limit, and no subquery of its own table. */
  readonly deletesInOrder: boolean
  /** What names a row more quickly than its key, where there is such a thing and no other writer can be in between. */
  readonly rowName?: string
  /** How an insert meets a row that is there. */
  readonly upserts: 'conflict' | 'duplicate key'
  /**
   * Holds the user, known or not, against other writers until the transaction ends, and tells whether they are blocked.
   * From then on the user has a row: whoever has sessions has one.
   */
  lockUser(db: Kysely<Tables>, userId: string): Work<boolean>
  /** Keeps other processes from migrating until the transaction ends; needed where a transaction does not lock. */
  lockSchema?(table: string): RawBuilder<unknown>
  /** An id as a parameter. */
  toId(id: string): Uint8Array | string
  /** The 16 bytes of an id that the database holds. */
  idBytes(id: Expression<unknown>): RawBuilder<Uint8Array>
  /** Touches one chunk; returns what it did not touch. */
  touch(db: Kysely<Tables>, chunk: readonly Touch[]): Work<Touch[]>
  /** Whether an id is among these, however many, as one parameter. */
  idIn(id: Expression<unknown>, ids: readonly string[]): RawBuilder<SqlBool>
  /** Whether a value is among the rows of a query, which is run once and not for each. */
  among(value: Expression<unknown>, rows: Expression<unknown>): RawBuilder<SqlBool>
  /** One row if the table exists. */
  tableExists(table: string): RawBuilder<{ found: number }>
}

/** A table that is cut up into partitions. */
export interface Partitions {
  /** What follows its closing bracket. */
  readonly tableOptions: string
  /** What makes the partitions of a table. */
  statements(table: string): readonly RawBuilder<unknown>[]
}

/** Names for groups of tables within one database. */
export interface Schemas {
  /** One row if it exists. */
  exists(schema: string): RawBuilder<{ found: number }>
  make(schema: string): RawBuilder<unknown>
}

/** A query builder of one storage, and its dialect. */
export interface SqlContext {
  readonly db: Kysely<Tables>
  readonly dialect: SqlDialect
  readonly tablePrefix: string
  /** Where the tables are; where the connection says, when there is none. */
  readonly schema?: string | undefined
}
