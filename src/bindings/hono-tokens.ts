import type { Context } from 'hono'
import { TokenEngine, type TokenEngineOptions } from '../engine/token.js'
import type { Binding, BindingOptions, SessionData, UserSessions } from '../index.js'
import { checkSetup, type Setup } from './check-setup.js'
import {
  type HonoConnection,
  type HonoHandlers,
  honoHandlers,
  openAndAdmit,
  type SessionHandler,
} from './hono-handlers.js'

export type { Allow, HonoConnection, HonoHandlers, UserSessionsVariables } from './hono-handlers.js'

const SETUP: Setup = {
  name: 'forHonoTokens',
  options: ['claims', 'clear', 'conninfo'],
  hint: 'how to read the verified token, for example `claims: (c) => c.var.token && { key: c.var.token.sid, user: c.var.token.sub }`.',
}
const HOW_TO = '`app.use(us.session())` after what verifies the token, and'

/** Options of {@link forHonoTokens}. */
export interface HonoTokenOptions extends BindingOptions, HonoConnection, TokenEngineOptions<Context> {}

/** What a Hono app gets whose clients carry their sessions. */
export interface ForHonoTokens<User, Data extends SessionData> extends HonoHandlers<User, Data> {
  /**
   * Admits: put it after what verifies the token and before everything that acts on it. A token whose session has ended
   * is answered 401 (or sent to the login page), and where our records cannot be reached 503, never 401.
   */
  session(): SessionHandler<User, Data>
}

/**
 * Joins a Hono 4 app on JWTs, signed or sealed cookies or bearer tokens to the system. Sign in with
 * `us.of(c).issue(userId)`, and put the key into the token.
 *
 * @throws TypeError when `claims` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forHonoTokens<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: HonoTokenOptions,
): ForHonoTokens<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { claims, clear, conninfo, ...rest } = options
  const engine = new TokenEngine<Context>(clear ? { claims, clear } : { claims })
  const binding: Binding<Context, never, User, Data> = sessions.bind(engine, rest, HOW_TO)
  const connection = conninfo ? { conninfo } : {}
  return {
    session: () => async (c: Context, next) => {
      if (binding.isOpen(c)) return next()
      await openAndAdmit(binding, connection, c, next, { run: (admit) => admit() })
    },
    ...honoHandlers(binding),
  }
}
