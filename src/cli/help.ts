import type { Command, Flag } from './command.js'

/** The text of `usersessions --help`. */
export function mainHelp(commands: readonly Command[]): string {
  const lines = commands.map(({ name, summary }) => [name, summary] as const)
  return `Usage: usersessions <command>

Commands:
${columns(lines)}

usersessions <command> --help tells more, usersessions --version the version.`
}

/** The text of `usersessions <command> --help`. */
export function commandHelp({ name, usage, summary, flags }: Command): string {
  const lines = Object.entries(flags).map(([flag, { value, help }]) => [spelled(flag, value), help] as const)
  return `${summary}.

Usage: usersessions ${[name, usage].filter(Boolean).join(' ')} [flags]

Flags:
${columns([...lines, ['--help', 'This text']])}`
}

function spelled(flag: string, value: Flag['value']): string {
  return value === undefined ? `--${flag}` : `--${flag} ${value}`
}

function columns(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([left]) => left.length))
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}
