import { parseArgs } from 'node:util'
import { type UserSessions, UserSessionsError } from '../index.js'
import { type Call, type Command, type Output, UsageError } from './command.js'
import { end } from './end.js'
import { commandHelp, mainHelp } from './help.js'
import { list } from './list.js'
import { migrate } from './migrate.js'
import { openSessions } from './open-sessions.js'
import { plainText } from './plain-text.js'
import { prove } from './prove.js'
import { purge } from './purge.js'
import { schema } from './schema.js'

const COMMANDS: readonly Command[] = [migrate, schema, list, end, purge, prove]

/**
 * Runs one command line. Throws nothing.
 *
 * @param args what follows `usersessions`
 * @returns the exit code: 0 done, 1 could not be done, 2 the command line makes no sense
 */
export async function runCli(args: readonly string[], output: Output): Promise<number> {
  const [name = '', ...rest] = args
  if (['--help', '-h', 'help'].includes(name)) {
    output.out(mainHelp(COMMANDS))
    return 0
  }
  const command = COMMANDS.find((known) => known.name === name)
  try {
    if (!command) throw new UsageError(name === '' ? 'Which command?' : `There is no command '${name}'.`)
    return await runCommand(command, rest, output)
  } catch (error) {
    output.err(`usersessions: ${plainText(messageOf(error))}`)
    if (!(error instanceof UsageError)) return 1
    output.err(`See usersessions ${command ? `${command.name} ` : ''}--help`)
    return 2
  }
}

async function runCommand(command: Command, args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parse(command, args)
  if (values.help === true) {
    output.out(commandHelp(command))
    return 0
  }
  if (command.usage === '' && positionals.length > 0) throw new UsageError(`${command.name} takes flags only.`)
  const text = (flag: string) => {
    const value = values[flag]
    return typeof value === 'string' ? value : undefined
  }
  const opened: UserSessions[] = []
  const call: Call = {
    out: (line) => output.out(line),
    err: (line) => output.err(line),
    positionals,
    text,
    given: (flag) => values[flag] === true,
    async open(change) {
      const sessions = await openSessions({ text }, change)
      opened.push(sessions)
      return sessions
    },
  }
  try {
    return await command.run(call)
  } finally {
    for (const sessions of opened) await sessions.close()
  }
}

function parse(command: Command, args: readonly string[]) {
  const options: Record<string, { type: 'string' | 'boolean' }> = { help: { type: 'boolean' } }
  for (const [name, { type }] of Object.entries(command.flags)) options[name] = { type }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

function messageOf(error: unknown): string {
  if (error instanceof UserSessionsError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}
