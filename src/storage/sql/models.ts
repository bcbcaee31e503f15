import { DEFAULT_TABLE_PREFIX } from '../table-prefix.js'
import { createContext } from './create-context.js'
import { type DrizzleWords, drizzleModels } from './models/drizzle-models.js'
import { type PrismaTypes, prismaModels } from './models/prisma-models.js'
import { type TableModel, tableModels } from './models/table-models.js'
import { DIALECTS, type SchemaDialect } from './schema-dialects.js'

/** Another tool's way to write tables down. */
export type ModelFormat = 'prisma' | 'drizzle'

/** Every {@link ModelFormat}. */
export const MODEL_FORMATS: readonly ModelFormat[] = ['prisma', 'drizzle']

const PRISMA: Readonly<Record<SchemaDialect, PrismaTypes>> = {
  postgres: {
    userId: 'String',
    id: 'String @db.Uuid',
    keyHash: 'Bytes',
    bytes: 'Bytes',
    text: 'String',
    whole: 'BigInt',
  },
  sqlite: { userId: 'String', id: 'Bytes', keyHash: 'Bytes', bytes: 'Bytes', text: 'String', whole: 'BigInt' },
  mysql: {
    userId: 'Bytes @db.VarBinary(255)',
    id: 'Bytes @db.Binary(16)',
    keyHash: 'Bytes @db.VarBinary(32)',
    bytes: 'Bytes @db.MediumBlob',
    text: 'String @db.MediumText',
    whole: 'BigInt',
  },
}

const DRIZZLE: Readonly<Record<SchemaDialect, DrizzleWords>> = {
  postgres: {
    module: 'drizzle-orm/pg-core',
    table: 'pgTable',
    schema: 'pgSchema',
    types: {
      userId: 'text(NAME)',
      id: 'uuid(NAME)',
      keyHash: 'bytea(NAME)',
      bytes: 'bytea(NAME)',
      text: 'text(NAME)',
      whole: "bigint(NAME, { mode: 'number' })",
    },
    custom: { bytea: "customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })" },
  },
  sqlite: {
    module: 'drizzle-orm/sqlite-core',
    table: 'sqliteTable',
    types: {
      userId: 'text(NAME)',
      id: "blob(NAME, { mode: 'buffer' })",
      keyHash: "blob(NAME, { mode: 'buffer' })",
      bytes: "blob(NAME, { mode: 'buffer' })",
      text: 'text(NAME)',
      whole: "integer(NAME, { mode: 'number' })",
    },
  },
  mysql: {
    module: 'drizzle-orm/mysql-core',
    table: 'mysqlTable',
    types: {
      userId: 'varbinary(NAME, { length: 255 })',
      id: 'binary(NAME, { length: 16 })',
      keyHash: 'varbinary(NAME, { length: 32 })',
      bytes: 'mediumblob(NAME)',
      text: 'mediumtext(NAME)',
      whole: "bigint(NAME, { mode: 'number' })",
    },
    custom: { mediumblob: "customType<{ data: Uint8Array }>({ dataType: () => 'mediumblob' })" },
  },
}

/**
 * Our tables as models of Prisma or a module for Drizzle, so that the app can read them, and the tool knows that they are there.
 *
 * @throws UserSessionsError `option_invalid` when the table prefix or the schema is none
 */
export function models(
  format: ModelFormat,
  dialect: SchemaDialect,
  options: { readonly tablePrefix?: string | undefined; readonly schema?: string | undefined } = {},
): string {
  const { tablePrefix = DEFAULT_TABLE_PREFIX, schema } = options
  createContext(DIALECTS[dialect], tablePrefix, schema)
  const tables = tableModels(tablePrefix)
  return format === 'prisma'
    ? prismaModels(dialect === 'mysql' ? tables.map(withoutKeyName) : tables, PRISMA[dialect], schema)
    : drizzleModels(tables, DRIZZLE[dialect], schema)
}

/** Prisma refuses a name for a primary key where the database gives it none. */
function withoutKeyName(table: TableModel): TableModel {
  return { ...table, primaryKey: { columns: table.primaryKey.columns } }
}
