import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Request as ExpressRequest, Response as ExpressResponse, RequestHandler } from 'express'
import type { SessionOptions, Store } from 'express-session'
import { ExpressSessionEngine, type ExpressSessionEngineOptions } from '../engine/express-session.js'
import type { Binding, BindingOptions, RequestSessions, SessionData, UserSessions } from '../index.js'
import { checkSetup, type Setup } from './check-setup.js'
import { type ExpressSessionFactory, expressSession } from './express-session-middleware.js'
import { upgradeExpress } from './express-upgrade.js'
import { isExpressRequest } from './is-express-request.js'
import { type NodeHandlers, nodeHandlers } from './node-handlers.js'
import type { Next } from './node-types.js'
import { openAndAdmit } from './open-and-admit.js'

export type { Allow, NodeHandler, NodeHandlers } from './node-handlers.js'

const SETUP: Setup = {
  name: 'forNode',
  options: ['user'],
  hint: "how to read the user's id from the session's data, for example `user: (data) => data.userId`.",
}
const HOW_TO = '`us.session(session, { … })(req, res, next)` in place of `session({ … })(req, res, next)`, and'

const HTTP_1_ONLY =
  'express-session does not serve HTTP/2: it saves by a method that its responses do not have. Use tokens there, `usersessions/node-tokens`, or HTTP/1.1.'

/** Options of {@link forNode}. */
export interface NodeOptions extends BindingOptions, ExpressSessionEngineOptions {}

/** As connect, polka and their like take it, or called by hand. */
export type NodeMiddleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void

/** Four things for an app on node:http: its session, its page, its API, and the request's own view; and a plain admin page. */
export interface ForNode<User, Data extends SessionData> extends NodeHandlers<User, Data> {
  /**
   * express-session, on a guarded store: `us.session(session, { … })` for `session({ … })`. Takes all that
   * express-session takes. Make it once, and call what it returns with each request.
   */
  session(factory: ExpressSessionFactory, options: SessionOptions): NodeMiddleware
  /** The sessions of whoever opens a WebSocket, as {@link ForExpress} has it. */
  upgrade(request: IncomingMessage, socket: Duplex): Promise<RequestSessions<User, Data> | undefined>
  /** The app's store, guarded, for where no middleware runs: a worker, a script, a socket server. */
  guard(store: Store): Store
}

/**
 * Joins an app on node:http, connect, polka or their like, with express-session, to the system.
 *
 * @throws TypeError when `user` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forNode<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: NodeOptions,
): ForNode<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { user, ...rest } = options
  const engine = new ExpressSessionEngine({ user })
  const binding: Binding<ExpressRequest, Store, User, Data> = sessions.bind(engine, rest, HOW_TO)
  let run: RequestHandler | undefined
  return {
    session(factory, sessionOptions) {
      run = expressSession(binding, engine, factory, sessionOptions)
      return nodeMiddleware(binding, run)
    },
    async upgrade(request, socket) {
      if (!run) throw binding.missing()
      return upgradeExpress(binding, run, request, socket)
    },
    guard: (store) => binding.guard(store),
    ...nodeHandlers(binding, isExpressRequest),
  }
}

function nodeMiddleware<User, Data extends SessionData>(
  binding: Binding<ExpressRequest, Store, User, Data>,
  run: RequestHandler,
): NodeMiddleware {
  return (request, response, next) => {
    if (request.httpVersionMajor > 1) return next(new TypeError(HTTP_1_ONLY))
    if (!isExpressRequest(request) || !isExpressResponse(response)) return next(binding.missing())
    if (binding.isOpen(request)) return next()
    if (request.session) return next(binding.missing())
    // Where Express keeps it, for whoever clears the cookie.
    if (!request.res) Reflect.defineProperty(request, 'res', { value: response, configurable: true, writable: true })
    openAndAdmit(binding, request, response, next, (done) => run(request, response, done))
  }
}

/** express-session asks nothing of a response that Node's own does not have. */
function isExpressResponse(response: object): response is ExpressResponse {
  return 'setHeader' in response
}
