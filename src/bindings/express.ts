import type { Request as ExpressRequest, RequestHandler } from 'express'
import type { SessionOptions, Store } from 'express-session'
import { ExpressSessionEngine, type ExpressSessionEngineOptions } from '../engine/express-session.js'
import {
  BINDING_OPTIONS,
  type Binding,
  type BindingOptions,
  checkNames,
  type SessionData,
  type UserSessions,
} from '../index.js'
import { type ExpressHandlers, expressHandlers, openAndAdmit } from './express-handlers.js'

export type { Allow, ExpressHandlers } from './express-handlers.js'
export { type ExpressTokenOptions, type ForExpressTokens, forExpressTokens } from './express-tokens.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    express: ExpressRequest
  }
}

/** Options of {@link forExpress}. */
export interface ExpressOptions extends BindingOptions, ExpressSessionEngineOptions {}

/** express-session's default export: what makes its middleware. */
interface ExpressSessionFactory {
  (options?: SessionOptions): RequestHandler
  readonly MemoryStore: new () => Store
}

/** Four things for an Express app: its session, its page, its API, and the request's own view; and a plain admin page. */
export interface ForExpress<User, Data extends SessionData> extends ExpressHandlers<User, Data> {
  /**
   * The app's own session middleware, on a guarded store: `us.session(session, { … })` for `session({ … })`. Takes all
   * that express-session takes.
   */
  session(factory: ExpressSessionFactory, options: SessionOptions): RequestHandler
}

/**
 * Joins an Express 4 or 5 app on express-session to the system.
 *
 * @throws TypeError when `user` is missing
 * @throws UserSessionsError `option_unknown`
 */
export function forExpress<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: ExpressOptions,
): ForExpress<User, Data> {
  checkNames(options, ['user', ...BINDING_OPTIONS], 'forExpress')
  const { user, ...rest } = options
  if (typeof user !== 'function') {
    throw new TypeError(
      "forExpress needs `user`: how to read the user's id from the session's data, for example `user: (data) => data.userId`.",
    )
  }
  const engine = new ExpressSessionEngine({ user })
  const binding: Binding<ExpressRequest, Store, User, Data> = sessions.bind(engine, rest)
  const seen = new WeakSet<ExpressRequest>()
  return {
    session: (factory, sessionOptions) => sessionHandler({ binding, engine, seen }, factory, sessionOptions),
    ...expressHandlers(binding),
  }
}

interface Joined<User, Data extends SessionData> {
  readonly binding: Binding<ExpressRequest, Store, User, Data>
  readonly engine: ExpressSessionEngine
  /** Requests that have come by: mounted twice, the middleware acts once. */
  readonly seen: WeakSet<ExpressRequest>
}

function sessionHandler<User, Data extends SessionData>(
  { binding, engine, seen }: Joined<User, Data>,
  factory: ExpressSessionFactory,
  options: SessionOptions,
): RequestHandler {
  if (typeof factory !== 'function' || typeof factory.MemoryStore !== 'function') {
    throw new TypeError('us.session takes express-session itself first: `us.session(session, { secret, … })`.')
  }
  const store = binding.guard(options.store ?? new factory.MemoryStore())
  engine.cookieName = options.name ?? engine.cookieName
  const run = factory({ ...options, store })
  return (request, response, next) => {
    if (seen.has(request)) return next()
    seen.add(request)
    // express-session would see it, too, and step aside: with an unguarded store, ended sessions would come back.
    if (request.session) return next(binding.missing())
    openAndAdmit(binding, request, response, next, (done) => run(request, response, done))
  }
}
