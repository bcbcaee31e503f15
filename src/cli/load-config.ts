import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Store } from 'express-session'
import {
  type DataOption,
  type SessionData,
  type UserIdOption,
  UserSessionsError,
  type UserSessionsOptions,
} from '../index.js'

/** What a config file exports: options of `createUserSessions`, and perhaps the app's own session store. */
export type CliConfig = Partial<UserSessionsOptions<unknown> & UserIdOption<unknown> & DataOption<SessionData>> & {
  /** express-session's; then `purge` also ends what is no longer in it. */
  readonly store?: Store
}

const NAMES = ['usersessions.config.js', 'usersessions.config.mjs']

/**
 * The config at `path`, or else the one in the working directory; undefined when there is none there.
 *
 * @throws UserSessionsError `config_missing`, `config_invalid`
 */
export async function loadConfig(path: string | undefined): Promise<CliConfig | undefined> {
  if (path !== undefined) {
    if (await exists(path)) return read(path)
    throw new UserSessionsError('config_missing', `There is no config at '${path}'.`)
  }
  for (const name of NAMES) if (await exists(name)) return read(name)
  return undefined
}

async function read(path: string): Promise<CliConfig> {
  const module = await load(path)
  const options: unknown =
    typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  if (isConfig(options)) return options
  throw invalid(path, 'must export the options of createUserSessions: `export default { storage, secret }`')
}

async function load(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(resolve(path)).href)
  } catch (cause) {
    throw invalid(path, `cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

/** Names and values are checked by `createUserSessions`, as those of the app itself are. */
function isConfig(options: unknown): options is CliConfig {
  return typeof options === 'object' && options !== null && !Array.isArray(options)
}

function invalid(path: string, problem: string, cause?: unknown): UserSessionsError {
  return new UserSessionsError('config_invalid', `The config ${path} ${problem}.`, { cause })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
