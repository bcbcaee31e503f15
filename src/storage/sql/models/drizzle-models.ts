import type { ColumnKind, ColumnModel, TableModel } from './table-models.js'

/** Drizzle's words for one database. */
export interface DrizzleWords {
  /** Where it keeps them. */
  readonly module: string
  /** The function that makes a table. */
  readonly table: string
  /** The function that makes a schema, in databases that know these. */
  readonly schema?: string
  /** How a column of each kind begins; `NAME` stands for its name. */
  readonly types: Readonly<Record<ColumnKind, string>>
  /** How words are made that it has not. */
  readonly custom?: Readonly<Record<string, string>>
}

/** What stands above the tables. */
const HEAD = `// The tables of usersessions, as its migrations make them: https://www.npmjs.com/package/usersessions
// Read them as you like. Only usersessions writes and migrates them.`

/** Our tables as a module for Drizzle. */
export function drizzleModels(tables: readonly TableModel[], words: DrizzleWords, schema?: string): string {
  const { custom = {} } = words
  const made = Object.entries(custom).map(([name, text]) => `const ${name} = ${text}`)
  const makers = schema === undefined ? [] : [`const schema = ${words.schema}('${schema}')`]
  const body = [...made, ...makers, ...tables.map((table) => tableText(table, words, schema))]
  // What is imported is what is used.
  const known = ['customType', 'index', 'primaryKey', 'unique', words.table, words.schema ?? '', ...columnWords(words)]
  const isUsed = (word: string) => word !== '' && new RegExp(`(?<![.\\w])${word}[(<]`).test(body.join('\n'))
  const used = [...new Set(known)].filter((word) => !Object.hasOwn(custom, word) && isUsed(word))
  return [HEAD, `import { ${used.sort().join(', ')} } from '${words.module}'`, ...body].join('\n\n')
}

function tableText({ name, columns, primaryKey, uniques, indexes }: TableModel, words: DrizzleWords, schema?: string) {
  const single = primaryKey.columns.length === 1 ? primaryKey.columns[0] : undefined
  const lines = columns.map((column) => `  ${column.name}: ${columnText(column, words, column.name === single)},`)
  const refs = (group: readonly string[]) => group.map((column) => `table.${column}`).join(', ')
  const extras = [
    ...(single === undefined
      ? [`primaryKey({ name: '${primaryKey.name}', columns: [${refs(primaryKey.columns)}] })`]
      : []),
    ...uniques.map((each) => `unique('${each.name}').on(${refs(each.columns)})`),
    ...indexes.map((each) => `index('${each.name}').on(${refs(each.columns)})`),
  ]
  const make = schema === undefined ? words.table : 'schema.table'
  const more = extras.length === 0 ? '' : `, (table) => [\n${extras.map((line) => `  ${line},`).join('\n')}\n]`
  return `export const ${camel(name)} = ${make}('${name}', {\n${lines.join('\n')}\n}${more})`
}

function columnText({ name, kind, nullable, defaultsTo }: ColumnModel, { types }: DrizzleWords, isId: boolean): string {
  const parts = [
    types[kind].replace('NAME', `'${name}'`),
    isId && '.primaryKey()',
    !nullable && !isId && '.notNull()',
    defaultsTo !== undefined && `.default(${defaultsTo})`,
  ]
  return parts.filter(Boolean).join('')
}

function columnWords({ types }: DrizzleWords): string[] {
  return Object.values(types).map((text) => text.split('(')[0] ?? '')
}

function camel(name: string): string {
  return name.replace(/(?<=.)_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
