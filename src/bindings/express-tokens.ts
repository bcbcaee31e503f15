import type { Request as ExpressRequest, RequestHandler } from 'express'
import { TokenEngine, type TokenEngineOptions } from '../engine/token.js'
import type { Binding, BindingOptions, SessionData, UserSessions } from '../index.js'
import { checkSetup, type Setup } from './check-setup.js'
import { type ExpressHandlers, expressHandlers } from './express-handlers.js'
import { openAndAdmit } from './open-and-admit.js'
import { orUnavailable } from './or-unavailable.js'

export type { Allow, ExpressHandlers } from './express-handlers.js'

const SETUP: Setup = {
  name: 'forExpressTokens',
  options: ['claims', 'clear'],
  hint: 'how to read the verified token, for example `claims: (req) => req.auth && { key: req.auth.sid, user: req.auth.sub }`.',
}
const HOW_TO = '`app.use(us.session())` after what verifies the token, and'

/** Options of {@link forExpressTokens}. */
export interface ExpressTokenOptions extends BindingOptions, TokenEngineOptions<ExpressRequest> {}

/** What an Express app gets whose clients carry their sessions. */
export interface ForExpressTokens<User, Data extends SessionData> extends ExpressHandlers<User, Data> {
  /**
   * Admits: put it after what verifies the token and before everything that acts on it. A token whose session has ended
   * is answered 401 (or sent to the login page), and where our records cannot be reached 503, never 401.
   */
  session(): RequestHandler
}

/**
 * Joins an Express 4 or 5 app on JWTs, sealed cookies or bearer tokens to the system. Sign in with
 * `us.of(req).issue(userId)`, and put the key into the token.
 *
 * @throws TypeError when `claims` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forExpressTokens<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: ExpressTokenOptions,
): ForExpressTokens<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { claims, clear, ...rest } = options
  const engine = new TokenEngine<ExpressRequest>(clear ? { claims, clear } : { claims })
  const binding: Binding<ExpressRequest, never, User, Data> = sessions.bind(engine, rest, HOW_TO)
  return {
    session: () => (request, response, next) => {
      if (binding.isOpen(request)) return next()
      openAndAdmit(binding, request, response, orUnavailable(response, next), (done) => done())
    },
    ...expressHandlers(binding),
  }
}
