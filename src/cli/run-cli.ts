import { createRequire } from 'node:module'
import { type UserSessions, UserSessionsError } from '../index.js'
import { type Call, type Command, type Output, UsageError } from './command.js'
import { end } from './end.js'
import { commandHelp, mainHelp } from './help.js'
import { list } from './list.js'
import { meant } from './meant.js'
import { migrate } from './migrate.js'
import { openConfigured, openSessions } from './open-sessions.js'
import { plainText } from './plain-text.js'
import { prove } from './prove.js'
import { purge } from './purge.js'
import { readFlags } from './read-flags.js'
import { reseal } from './reseal.js'
import { restored } from './restored.js'
import { schema } from './schema.js'
import { uninstall } from './uninstall.js'

const COMMANDS: readonly Command[] = [migrate, schema, list, end, purge, reseal, restored, prove, uninstall]

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
  if (['--version', '-v'].includes(name)) {
    output.out(version())
    return 0
  }
  const command = COMMANDS.find((known) => known.name === name)
  try {
    if (!command) throw new UsageError(name === '' ? 'Which command?' : `There is no command '${name}'.${guess(name)}`)
    return await runCommand(command, rest, output)
  } catch (error) {
    output.err(`usersessions: ${plainText(messageOf(error))}`)
    if (!(error instanceof UsageError)) return 1
    output.err(`See usersessions ${command ? `${command.name} ` : ''}--help`)
    return 2
  }
}

async function runCommand(command: Command, args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = readFlags(command, args)
  if (values.help === true) {
    output.out(commandHelp(command))
    return 0
  }
  if (command.usage === '' && positionals.length > 0) throw new UsageError(`${command.name} takes flags only.`)
  const text = (flag: string) => {
    const value = values[flag]
    return typeof value === 'string' ? value : undefined
  }
  const opened: Pick<UserSessions, 'close'>[] = []
  const call: Call = {
    out: (line) => output.out(line),
    err: (line) => output.err(line),
    note: (line) => (output.note ?? output.err)(line),
    positionals,
    text,
    given: (flag) => values[flag] === true,
    async openStorage() {
      const storage = await openConfigured({ text })
      opened.push(storage)
      return storage
    },
    async open(change) {
      const { sessions, hasStore } = await openSessions({ text }, change)
      opened.push(sessions)
      return Object.assign(sessions, { hasStore })
    },
  }
  try {
    return await command.run(call)
  } finally {
    for (const sessions of opened) await sessions.close()
  }
}

function guess(name: string): string {
  return meant(
    name,
    COMMANDS.map((known) => known.name),
  )
}

/** By its own name, a package finds itself wherever it was built to. */
function version(): string {
  const { version }: { version: string } = createRequire(import.meta.url)('usersessions/package.json')
  return version
}

function messageOf(error: unknown): string {
  if (error instanceof UserSessionsError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}
