import { randomBytes } from 'node:crypto'
import { forExpress } from '../bindings/express.js'
import { createUserSessions, type UserSessions, UserSessionsError, type UserSessionsOptions } from '../index.js'
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
  const config = await loadConfig(call.text('config'))
  const storage = call.text('storage') ?? config?.storage
  if (storage === undefined) {
    throw new UserSessionsError(
      config ? 'config_invalid' : 'config_missing',
      'Where are the records? Write usersessions.config.js with `export default { storage, secret }`, or add --storage sqlite:./path/to/sessions.db.',
    )
  }
  if (secret && config?.secret === undefined) {
    throw new UserSessionsError(
      config ? 'config_invalid' : 'config_missing',
      'This takes the secrets of the app: write usersessions.config.js with `export default { storage, secret: [fresh, old] }`.',
    )
  }
  const tablePrefix = call.text('table-prefix') ?? config?.tablePrefix
  const schema = call.text('schema') ?? config?.schema
  const sessions = await createUserSessions({
    ...withoutTypes(config ?? {}),
    ...(places && config?.places !== undefined ? { places: config.places } : {}),
    storage,
    // Without the app's store no command opens a session key: then the app's secret is not for the shell.
    secret: config?.store || secret ? config?.secret : randomBytes(32).toString('hex'),
    ...(tablePrefix === undefined ? {} : { tablePrefix }),
    ...(schema === undefined ? {} : { schema }),
    migrate,
    purgeInterval: 0,
  })
  if (config?.store) forExpress(sessions, { user: () => undefined }).guard(config.store)
  return { sessions, hasStore: config?.store !== undefined }
}

function withoutTypes(config: CliConfig): Partial<UserSessionsOptions> {
  const { userId: _userId, data: _data, mail: _mail, store: _store, places: _places, ...options } = config
  return options
}
