import {
  MODEL_FORMATS,
  models,
  SCHEMA_DIALECTS,
  type SchemaDialect,
  schema as statements,
} from '../storage/sql/schema.js'
import { type Call, type Command, UsageError } from './command.js'

const NAMES = SCHEMA_DIALECTS.join(', ')
const FORMATS = ['sql', ...MODEL_FORMATS].join(', ')

/** Prints the DDL for people with a migration tool of their own (parity row 1), or models for Prisma and Drizzle. */
export const schema: Command = {
  name: 'schema',
  usage: '',
  summary: 'Print the SQL that makes the tables, or models of them',
  flags: {
    format: { type: 'string', value: 'NAME', help: `One of: ${FORMATS}. Default is sql` },
    dialect: { type: 'string', value: 'NAME', help: `One of: ${NAMES}. Default is sqlite` },
    partitions: { type: 'string', value: 'N', help: 'Cuts the sessions up by a hash of the user (postgres, mysql)' },
    'table-prefix': { type: 'string', value: 'PREFIX', help: "Begins every table's name. Default is user_" },
    schema: { type: 'string', value: 'NAME', help: 'Makes them in a schema (postgres)' },
    'grant-to': { type: 'string', value: 'ROLE', help: 'Also prints what lets a role use them (postgres)' },
  },
  async run(call) {
    const name = call.text('dialect') ?? 'sqlite'
    const dialect = SCHEMA_DIALECTS.find((known) => known === name)
    if (dialect === undefined) throw new UsageError(`There is no dialect '${name}': ${NAMES}.`)
    const format = call.text('format') ?? 'sql'
    const lines = format === 'sql' ? sqlLines(call, dialect) : [modelText(call, dialect, format)]
    for (const line of lines) call.out(line)
    return 0
  },
}

function sqlLines(call: Call, dialect: SchemaDialect): string[] {
  const partitions = call.text('partitions')
  const options = {
    partitions: partitions === undefined ? undefined : Number(partitions),
    schema: call.text('schema'),
    grantTo: call.text('grant-to'),
  }
  return statements(dialect, call.text('table-prefix'), options).map((statement) => `${statement};`)
}

function modelText(call: Call, dialect: SchemaDialect, name: string): string {
  const format = MODEL_FORMATS.find((known) => known === name)
  if (format === undefined) throw new UsageError(`There is no format '${name}': ${FORMATS}.`)
  const other = ['partitions', 'grant-to'].find((flag) => call.text(flag) !== undefined)
  if (other !== undefined) throw new UsageError(`--${other} is for --format sql.`)
  return models(format, dialect, { tablePrefix: call.text('table-prefix'), schema: call.text('schema') })
}
