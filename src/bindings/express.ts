import type { Request as ExpressRequest, Response as ExpressResponse, NextFunction, RequestHandler } from 'express'
import type { SessionOptions, Store } from 'express-session'
import {
  ExpressSessionEngine,
  type ExpressSessionEngineOptions,
  type ExpressSessionRequest,
} from '../engine/express-session.js'
import {
  type ApiOptions,
  BINDING_OPTIONS,
  type Binding,
  type BindingOptions,
  checkNames,
  isWebPath,
  type MountedCall,
  type PageOptions,
  type RequestSessions,
  type SessionData,
  type UserSessions,
} from '../index.js'
import { nodeSource } from './node-source.js'
import { sendWebResponse } from './send-web-response.js'
import { toWebRequest } from './to-web-request.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    express: ExpressRequest
  }
}

/** Options of {@link forExpress}. */
export interface ExpressOptions extends BindingOptions, ExpressSessionEngineOptions {}

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (request: ExpressRequest) => boolean | string | undefined | Promise<boolean | string | undefined>

/** express-session's default export: what makes its middleware. */
export interface ExpressSessionFactory {
  (options?: SessionOptions): RequestHandler
  readonly MemoryStore: new () => Store
}

/** Four things for an Express app: its session, its page, its API, and the request's own view; and a plain admin page. */
export interface ForExpress<User, Data extends SessionData> {
  /**
   * The app's own session middleware, on a guarded store: `us.session(session, { … })` for `session({ … })`. Takes all
   * that express-session takes.
   */
  session(factory: ExpressSessionFactory, options: SessionOptions): RequestHandler
  /** The sessions page; mounted at `/accounts` it is `/accounts/sessions/`. */
  page(options?: PageOptions): RequestHandler
  /** The JSON API; mounted at `/api/auth` it is `/api/auth/sessions`. */
  api(options?: ApiOptions): RequestHandler
  /** The admin page; mounted at `/admin` it is `/admin/sessions/`. Others are answered 403. */
  admin(options: { readonly allow: Allow }): RequestHandler
  /**
   * The sessions of the request's own user.
   *
   * @throws UserSessionsError `session_middleware_missing` when `us.session` has not run for this request
   */
  of(request: ExpressSessionRequest): RequestSessions<User, Data>
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
  const binding: Binding<ExpressSessionRequest, Store, User, Data> = sessions.bind(engine, rest)
  return {
    session: (factory, sessionOptions) => sessionHandler(binding, engine, factory, sessionOptions),
    page(pageOptions) {
      const page = binding.page(pageOptions)
      return mounted((request, call) => page(request, call))
    },
    api(apiOptions) {
      const api = binding.api(apiOptions)
      return mounted((request, call) => api(request, call))
    },
    admin({ allow }) {
      const admin = binding.admin()
      return mounted(async (request, call) => {
        const allowed = await allow(request)
        if (!allowed) return new Response('Forbidden', { status: 403, headers: { 'cache-control': 'no-store' } })
        return admin(typeof allowed === 'string' ? allowed : String(binding.of(request).user ?? 'unknown'), call)
      })
    },
    of: (request) => binding.of(request),
  }
}

function sessionHandler<User, Data extends SessionData>(
  binding: Binding<ExpressSessionRequest, Store, User, Data>,
  engine: ExpressSessionEngine,
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
    if (binding.isOpen(request)) return next()
    // express-session would see it, too, and step aside: with an unguarded store, ended sessions would come back.
    if (request.session) return next(binding.missing())
    response.once('close', () => binding.close(request))
    binding.open(request, nodeSource(request), () =>
      run(request, response, (error?: unknown) => (error ? next(error) : admitted(binding, request, response, next))),
    )
  }
}

function admitted<User, Data extends SessionData>(
  binding: Binding<ExpressSessionRequest, Store, User, Data>,
  request: ExpressRequest,
  response: ExpressResponse,
  next: NextFunction,
): void {
  binding.admit(request).then(
    // Outside the promise: what the app's handlers throw is theirs.
    (state) => process.nextTick(() => (state === 'must-answer' ? response.sendStatus(401) : next())),
    (error: unknown) => process.nextTick(next, error),
  )
}

/** A web-standard handler below an Express mount; paths that are not its own go on. */
function mounted(
  handle: (request: ExpressRequest, call: MountedCall) => Promise<Response | undefined>,
): RequestHandler {
  return (request, response, next) => {
    if (!isWebPath(request.path)) return next()
    const web = toWebRequest(request, request.originalUrl)
    if (!web) return void response.sendStatus(400)
    handle(request, { request: web, base: request.baseUrl, path: request.path })
      .then((answer) => (answer ? sendWebResponse(answer, response) : next()))
      .catch(next)
  }
}
