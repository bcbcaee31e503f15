import { randomBytes } from 'node:crypto'
import { forExpress } from '../bindings/express.js'
import {
  createUserSessions,
  openStorage,
  type Storage,
  type UserSessions,
  UserSessionsError,
  type UserSessionsOptions,
} from '../index.js'
import type { Call, OpenChange } from './command.js'
import { type CliConfig, loadConfig } from './load-config.js'

/**
 * Opens what the config and the flags name; a flag comes before the config. User ids stay as they are stored, and nobody
 * gets a mail from here.
 *
 * @throws UserSessionsError `config_missing`, `config_invalid`, and what `createUserSessions` throws
 */
export async function openSessions(
  call: Pick<Call, 'text'>,
  { migrate = false, places = false, secret = false }: OpenChange = {},
): Promise<{ readonly sessions: UserSessions; readonly hasStore: boolean }> {
  const { config, ...where } = await readWhere(call)
  if (secret && config?.secret === undefined) {
    throw new UserSessionsError(
      config ? 'config_invalid' : 'config_missing',
      'This takes the secrets of the app: write usersessions.config.js with `export default { storage, secret: [fresh, old] }`.',
    )
  }
  const sessions = await createUserSessions({
    ...withoutTypes(config ?? {}),
    ...(places && config?.places !== undefined ? { places: config.places } : {}),
    ...where,
    // Without the app's store no command opens a session key: then the app's secret is not for the shell.
    secret: config?.store || secret ? config?.secret : randomBytes(32).toString('hex'),
    migrate,
    purgeInterval: 0,
  })
  if (config?.store) forExpress(sessions, { user: () => undefined }).guard(config.store)
  return { sessions, hasStore: config?.store !== undefined }
}

/** The storage alone, that the config and the flags name. */
export async function openConfigured(call: Pick<Call, 'text'>): Promise<Storage> {
  const { config: _config, storage, ...where } = await readWhere(call)
  return openStorage(storage, where)
}

/** Where the records are, and the rest of the config. */
async function readWhere(call: Pick<Call, 'text'>) {
  const config = await loadConfig(call.text('config'))
  const storage = call.text('storage') ?? config?.storage
  if (storage === undefined) {
    throw new UserSessionsError(
      config ? 'config_invalid' : 'config_missing',
      'Where are the records? Write usersessions.config.js with `export default { storage, secret }`, or add --storage sqlite:./path/to/sessions.db.',
    )
  }
  const tablePrefix = call.text('table-prefix') ?? config?.tablePrefix
  const schema = call.text('schema') ?? config?.schema
  return {
    config,
    storage,
    ...(tablePrefix === undefined ? {} : { tablePrefix }),
    ...(schema === undefined ? {} : { schema }),
  }
}

function withoutTypes(config: CliConfig): Partial<UserSessionsOptions> {
  const { userId: _userId, data: _data, mail: _mail, store: _store, places: _places, ...options } = config
  return options
}
