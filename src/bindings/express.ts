import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Request as ExpressRequest, RequestHandler } from 'express'
import type { SessionOptions, Store } from 'express-session'
import { ExpressSessionEngine, type ExpressSessionEngineOptions } from '../engine/express-session.js'
import type { Binding, BindingOptions, RequestSessions, SessionData, UserSessions } from '../index.js'
import { checkSetup, type Setup } from './check-setup.js'
import { type ExpressHandlers, expressHandlers } from './express-handlers.js'
import { type ExpressSessionFactory, expressSession } from './express-session-middleware.js'
import { upgradeExpress } from './express-upgrade.js'
import { openAndAdmit } from './open-and-admit.js'

export type { Allow, ExpressHandlers } from './express-handlers.js'

const SETUP: Setup = {
  name: 'forExpress',
  options: ['user'],
  hint: "how to read the user's id from the session's data, for example `user: (data) => data.userId`.",
}
const HOW_TO = '`app.use(us.session(session, { … }))` in place of `app.use(session({ … }))`, and'

/** Options of {@link forExpress}. */
export interface ExpressOptions extends BindingOptions, ExpressSessionEngineOptions {}

/** Four things for an Express app: its session, its page, its API, and the request's own view; and a plain admin page. */
export interface ForExpress<User, Data extends SessionData> extends ExpressHandlers<User, Data> {
  /**
   * The app's own session middleware, on a guarded store: `us.session(session, { … })` for `session({ … })`. Takes all
   * that express-session takes.
   */
  session(factory: ExpressSessionFactory, options: SessionOptions): RequestHandler
  /**
   * The sessions of whoever opens a WebSocket: for the server's `upgrade` event. Runs the middleware that {@link session} made
   * last. Undefined once the socket was answered: 403 when a page of another site opened it, 401 when nobody is signed in or
   * the session has ended, 503 when nothing can tell.
   */
  upgrade(request: IncomingMessage, socket: Duplex): Promise<RequestSessions<User, Data> | undefined>
  /**
   * The app's store, guarded, for where no middleware runs: a worker, a script, a socket server. Ends reach the store from
   * there, lists can ask it, and what is loaded or saved through what this returns is judged.
   */
  guard(store: Store): Store
}

/**
 * Joins an Express 4 or 5 app on express-session to the system.
 *
 * @throws TypeError when `user` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forExpress<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: ExpressOptions,
): ForExpress<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { user, ...rest } = options
  const engine = new ExpressSessionEngine({ user })
  const binding: Binding<ExpressRequest, Store, User, Data> = sessions.bind(engine, rest, HOW_TO)
  let run: RequestHandler | undefined
  return {
    session(factory, sessionOptions) {
      run = expressSession(binding, engine, factory, sessionOptions)
      return sessionHandler(binding, run)
    },
    async upgrade(request, socket) {
      if (!run) throw binding.missing()
      return upgradeExpress(binding, run, request, socket)
    },
    guard: (store) => binding.guard(store),
    ...expressHandlers(binding),
  }
}

function sessionHandler<User, Data extends SessionData>(
  binding: Binding<ExpressRequest, Store, User, Data>,
  run: RequestHandler,
): RequestHandler {
  return (request, response, next) => {
    if (binding.isOpen(request)) return next()
    // express-session would see it, too, and step aside: with an unguarded store, ended sessions would come back.
    if (request.session) return next(binding.missing())
    openAndAdmit(binding, request, response, next, (done) => run(request, response, done))
  }
}
