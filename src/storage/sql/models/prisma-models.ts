import type { ColumnKind, ColumnModel, TableModel } from './table-models.js'

/** Prisma's words for the columns of one database. */
export type PrismaTypes = Readonly<Record<ColumnKind, string>>

/** What stands above the models. */
const HEAD = `// The tables of usersessions, as its migrations make them: https://www.npmjs.com/package/usersessions
// Read them as you like. Only usersessions writes and migrates them.`

/** Our tables as models of a Prisma schema. */
export function prismaModels(tables: readonly TableModel[], types: PrismaTypes, schema?: string): string {
  return [HEAD, ...tables.map((table) => model(table, types, schema))].join('\n\n')
}

function model(
  { name, columns, primaryKey, uniques, indexes }: TableModel,
  types: PrismaTypes,
  schema?: string,
): string {
  const single = primaryKey.columns.length === 1 ? primaryKey.columns[0] : undefined
  const attributes = [
    ...(single === undefined ? [`@@id(${group(primaryKey)})`] : []),
    ...uniques.map((each) => `@@unique(${group(each)})`),
    ...indexes.map((each) => `@@index(${group(each)})`),
    ...(schema === undefined ? [] : [`@@schema("${schema}")`]),
  ]
  const fields = columns.map((column) => field(column, types, column.name === single))
  // A model's name must begin with a letter, and a prefix need not.
  const own = /^[a-z]/.test(name) ? { name, map: [] } : { name: `t${name}`, map: [`@@map("${name}")`] }
  return `model ${own.name} {\n${aligned(fields)}\n\n${[...attributes, ...own.map].map((line) => `  ${line}`).join('\n')}\n}`
}

function field({ name, kind, nullable, defaultsTo }: ColumnModel, types: PrismaTypes, isId: boolean): string[] {
  const [type = '', ...native] = types[kind].split(' ')
  const attributes = [isId && '@id', defaultsTo !== undefined && `@default(${defaultsTo})`, ...native]
  return [name, nullable ? `${type}?` : type, attributes.filter(Boolean).join(' ')]
}

function group({ name, columns }: { readonly name?: string; readonly columns: readonly string[] }): string {
  return `[${columns.join(', ')}]${name === undefined ? '' : `, map: "${name}"`}`
}

/** In columns, as Prisma formats a schema. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1].map((at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)))
  return rows
    .map((cells) => `  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' ')}`.trimEnd())
    .join('\n')
}
