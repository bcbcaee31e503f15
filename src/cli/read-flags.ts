import { parseArgs } from 'node:util'
import { type Command, UsageError } from './command.js'
import { meant } from './meant.js'

/** What stands behind a command's name. */
export interface Read {
  readonly values: Readonly<Record<string, string | boolean | undefined>>
  readonly positionals: readonly string[]
}

/**
 * Flags by their names, and the rest.
 *
 * @throws UsageError
 */
export function readFlags(command: Command, args: readonly string[]): Read {
  const options: Record<string, { type: 'string' | 'boolean' }> = { help: { type: 'boolean' } }
  for (const [name, { type }] of Object.entries(command.flags)) options[name] = { type }
  // Not strict: what parseArgs says of a wrong flag is for programmers.
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true })
  const values: Record<string, string | boolean> = {}
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const type = rawName.startsWith('--') && Object.hasOwn(options, name) ? options[name]?.type : undefined
    if (type === undefined) throw unknown(command, rawName, Object.keys(options))
    if (type === 'boolean' && value !== undefined) throw new UsageError(`${rawName} takes no value.`)
    if (type === 'string' && (value === undefined || (!inlineValue && value.startsWith('-')))) {
      throw new UsageError(`${rawName} needs a value; one that begins with a dash is written ${rawName}=-….`)
    }
    values[name] = value ?? true
  }
  return { values, positionals }
}

function unknown({ name }: Command, written: string, known: readonly string[]): UsageError {
  const flags = known.map((flag) => `--${flag}`)
  return new UsageError(`${name} has no flag '${written}'.${meant(written, flags)}`)
}
