import type { Storage, UserSessions } from '../index.js'

/** A flag of a command, as `node:util`'s parseArgs takes it, and what it is for. */
export interface Flag {
  readonly type: 'string' | 'boolean'
  /** What stands for its value in the help. */
  readonly value?: string
  readonly help: string
}

/** Where a command writes. */
export interface Output {
  /** One line of the result. */
  out(line: string): void
  /** One line about the work. */
  err(line: string): void
  /** One line on how far the work is; the next one may take its place. Default is `err`. */
  note?(line: string): void
}

/** What a command needs besides. */
export interface OpenChange {
  readonly migrate?: boolean
  readonly places?: boolean
  /** The app's own secret. */
  readonly secret?: boolean
}

/** One run of a command. */
export interface Call extends Required<Output> {
  readonly positionals: readonly string[]
  text(flag: string): string | undefined
  given(flag: string): boolean
  /** The storage alone; closed when the command is done. */
  openStorage(): Promise<Storage>
  /** The sessions that the config and the flags name; closed when the command is done. Places only where they are shown. */
  open(change?: OpenChange): Promise<UserSessions & { readonly hasStore: boolean }>
}

/** What `npx usersessions <name>` does. */
export interface Command {
  readonly name: string
  /** Its arguments, as the help shows them. */
  readonly usage: string
  readonly summary: string
  readonly flags: Readonly<Record<string, Flag>>
  /** @returns the exit code */
  run(call: Call): Promise<number>
}

/** The command line makes no sense: exit code 2. */
export class UsageError extends Error {}
