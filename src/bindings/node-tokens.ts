import { TokenEngine, type TokenEngineOptions } from '../engine/token.js'
import type { Binding, BindingOptions, SessionData, UserSessions } from '../index.js'
import { checkSetup, type Setup } from './check-setup.js'
import { type NodeHandlers, nodeHandlers } from './node-handlers.js'
import type { Next, NodeRequest, NodeResponse } from './node-types.js'
import { openAndAdmit } from './open-and-admit.js'
import { orUnavailable } from './or-unavailable.js'

export type { Allow, NodeHandler, NodeHandlers } from './node-handlers.js'

const SETUP: Setup = {
  name: 'forNodeTokens',
  options: ['claims', 'clear'],
  hint: 'how to read the verified token, for example `claims: (req) => tokens.get(req)`.',
}
const HOW_TO = '`us.session()(req, res, next)` after what verifies the token, and'

/** Options of {@link forNodeTokens}. */
export interface NodeTokenOptions extends BindingOptions, TokenEngineOptions<NodeRequest> {}

/** What an app on node:http gets whose clients carry their sessions. */
export interface ForNodeTokens<User, Data extends SessionData> extends NodeHandlers<User, Data> {
  /**
   * Admits: call it after what verifies the token and before everything that acts on it. A token whose session has ended
   * is answered 401 (or sent to the login page), and where our records cannot be reached 503, never 401; then `next` is
   * not called.
   */
  session(): (request: NodeRequest, response: NodeResponse, next: Next) => void
}

/**
 * Joins an app on node:http or node:http2 whose clients carry JWTs, sealed cookies or bearer tokens to the system. Sign in with
 * `us.of(req).issue(userId)`, and put the key into the token.
 *
 * @throws TypeError when `claims` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forNodeTokens<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: NodeTokenOptions,
): ForNodeTokens<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { claims, clear, ...rest } = options
  const engine = new TokenEngine<NodeRequest>(clear ? { claims, clear } : { claims })
  const binding: Binding<NodeRequest, never, User, Data> = sessions.bind(engine, rest, HOW_TO)
  return {
    session: () => (request, response, next) => {
      if (binding.isOpen(request)) return next()
      openAndAdmit(binding, request, response, orUnavailable(response, next), (done) => done())
    },
    ...nodeHandlers(binding, (request): request is NodeRequest => 'headers' in request),
  }
}
