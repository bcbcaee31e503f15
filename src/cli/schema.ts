import { SCHEMA_DIALECTS, schema as statements } from '../storage/sql/schema.js'
import { type Command, UsageError } from './command.js'

const NAMES = SCHEMA_DIALECTS.join(', ')

/** Prints the DDL, for people with a migration tool of their own (parity row 1). */
export const schema: Command = {
  name: 'schema',
  usage: '',
  summary: 'Print the SQL that makes the tables',
  flags: {
    dialect: { type: 'string', value: 'NAME', help: `One of: ${NAMES}. Default is sqlite` },
    partitions: { type: 'string', value: 'N', help: 'Cuts the sessions up by a hash of the user (postgres)' },
    'table-prefix': { type: 'string', value: 'PREFIX', help: "Begins every table's name. Default is user_" },
    schema: { type: 'string', value: 'NAME', help: 'Makes them in a schema (postgres)' },
    'grant-to': { type: 'string', value: 'ROLE', help: 'Also prints what lets a role use them (postgres)' },
  },
  async run(call) {
    const name = call.text('dialect') ?? 'sqlite'
    const dialect = SCHEMA_DIALECTS.find((known) => known === name)
    if (dialect === undefined) throw new UsageError(`There is no dialect '${name}': ${NAMES}.`)
    const partitions = call.text('partitions')
    const options = {
      partitions: partitions === undefined ? undefined : Number(partitions),
      schema: call.text('schema'),
      grantTo: call.text('grant-to'),
    }
    for (const statement of statements(dialect, call.text('table-prefix'), options)) call.out(`${statement};`)
    return 0
  },
}
