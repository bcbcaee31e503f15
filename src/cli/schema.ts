import { schemaStatements } from '../storage/sql/schema-statements.js'
import { sqlite } from '../storage/sql/sqlite.js'
import { type Command, UsageError } from './command.js'

const DIALECTS = { sqlite }

/** Prints the DDL, for people with a migration tool of their own (parity row 1). */
export const schema: Command = {
  name: 'schema',
  usage: '',
  summary: 'Print the SQL that makes the tables',
  flags: {
    dialect: { type: 'string', value: 'NAME', help: `One of: ${Object.keys(DIALECTS).join(', ')}. Default is sqlite` },
    'table-prefix': { type: 'string', value: 'PREFIX', help: "Begins every table's name. Default is user_" },
  },
  async run(call) {
    const name = call.text('dialect') ?? 'sqlite'
    if (!isDialect(name)) throw new UsageError(`There is no dialect '${name}': ${Object.keys(DIALECTS).join(', ')}.`)
    for (const statement of schemaStatements(DIALECTS[name], call.text('table-prefix'))) call.out(`${statement};`)
    return 0
  },
}

function isDialect(name: string): name is keyof typeof DIALECTS {
  return Object.hasOwn(DIALECTS, name)
}
