import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type Koa from 'koa'
import type { Context, Middleware, Next } from 'koa'
import type { CreateSessionOptions } from 'koa-session'
import { KoaSessionEngine, type KoaSessionEngineOptions, type KoaSessionStore } from '../engine/koa-session.js'
import type {
  ApiOptions,
  Binding,
  BindingOptions,
  PageOptions,
  RequestSessions,
  SessionData,
  UserSessions,
} from '../index.js'
import { adminHandler } from './admin-handler.js'
import { admitUpgrade } from './admit-upgrade.js'
import { checkKoaContext, checkKoaSession } from './check-koa-session.js'
import { checkSetup, type Setup } from './check-setup.js'
import { answerKoa, mountedKoa } from './koa-web.js'
import { nodeSource } from './node-source.js'

export type { KoaSessionStore } from '../engine/koa-session.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    koa: Context
  }
}

declare module 'koa' {
  interface ExtendableContext {
    /**
     * The sessions of the request's own user.
     *
     * @throws UserSessionsError `session_middleware_missing` when `us.session` has not run for this request
     */
    readonly userSessions: RequestSessions<
      AppTypes extends { user: infer User } ? User : string,
      AppTypes extends { data: infer Data extends SessionData } ? Data : SessionData
    >
  }
}

/**
 * What `ctx.userSessions` deals in, for apps whose user ids are no strings or whose sessions carry data of a type:
 * `declare module 'usersessions/koa' { interface AppTypes { user: number } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by the app through declaration merging
export interface AppTypes {}

/**
 * What the app keeps in `ctx.session`; koa-passport keeps the user id in `passport.user`. Say what is in yours:
 * `declare module 'usersessions/koa' { interface SessionFields { userId?: string } }`.
 */
export interface SessionFields {
  readonly passport?: { readonly user?: string | number }
}

/** Options of {@link forKoa}. */
export interface KoaOptions extends BindingOptions, KoaSessionEngineOptions<SessionFields> {}

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (ctx: Context) => boolean | string | undefined | Promise<boolean | string | undefined>

/** koa-session's default export: what makes its middleware. */
export type KoaSessionFactory = (options: CreateSessionOptions, app: Koa) => Run

type Run = (ctx: Context, next: Next) => Promise<void>

/** Four things for a Koa app: its session, its page, its API, and the request's own view; and a plain admin page. */
export interface ForKoa<User, Data extends SessionData> {
  /**
   * The app's own session middleware, on a guarded store: `us.session(session, { store, … }, app)` for
   * `session({ store, … }, app)`. Takes all that koa-session takes, but for `ContextStore`, and needs a `store`.
   */
  session(factory: KoaSessionFactory, options: CreateSessionOptions, app: Koa): Middleware
  /** The sessions page; with koa-mount at `/accounts` it is `/accounts/sessions/`. */
  page(options?: PageOptions): Middleware
  /** The JSON API; with koa-mount at `/api/auth` it is `/api/auth/sessions`. */
  api(options?: ApiOptions): Middleware
  /** The admin page; with koa-mount at `/admin` it is `/admin/sessions/`. Others are answered 403. */
  admin(options: { readonly allow: Allow }): Middleware
  /**
   * The sessions of the request's own user; `ctx.userSessions` is the same.
   *
   * @throws UserSessionsError `session_middleware_missing` when `us.session` has not run for this request
   */
  of(ctx: Context): RequestSessions<User, Data>
  /**
   * The sessions of whoever opens a WebSocket: for the server's `upgrade` event. Runs the middleware that {@link session} made
   * last. Undefined once the socket was answered: 403 when a page of another site opened it, 401 when nobody is signed in or
   * the session has ended, 503 when nothing can tell.
   */
  upgrade(request: IncomingMessage, socket: Duplex): Promise<RequestSessions<User, Data> | undefined>
  /** The app's store, guarded, for where no middleware runs: a worker, a script. */
  guard(store: KoaSessionStore<SessionFields>): KoaSessionStore<SessionFields>
}

/** Of type string: the types of the app are the caller's here, and those that it declares there. */
const PROPERTY: string = 'userSessions'

const SETUP: Setup = {
  name: 'forKoa',
  options: ['user'],
  hint: "how to read the user's id from the session's data, for example `user: (data) => data.userId`.",
}
const HOW_TO =
  '`app.use(us.session(session, { store, … }, app))` in place of `app.use(session({ store, … }, app))`, and'

type KoaBinding<User, Data extends SessionData> = Binding<Context, KoaSessionStore<SessionFields>, User, Data>

/**
 * Joins a Koa 3 (or 2) app on koa-session with an external store to the system.
 *
 * @throws TypeError when `user` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forKoa<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: KoaOptions,
): ForKoa<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { user, ...rest } = options
  const engine = new KoaSessionEngine<SessionFields>({ user })
  const binding: KoaBinding<User, Data> = sessions.bind(engine, rest, HOW_TO)
  let last: { readonly app: Koa; readonly run: Run } | undefined
  return {
    session(factory, sessionOptions, app) {
      const store = checkKoaSession(factory, sessionOptions, app)
      engine.maxAge = sessionOptions.maxAge ?? engine.maxAge
      const run = factory({ ...sessionOptions, store: binding.guard(store) }, app)
      last = { app, run }
      addToContext(binding, app)
      return sessionMiddleware(binding, run, app, sessionOptions.signed !== false && !sessionOptions.externalKey)
    },
    page: (pageOptions) => mountedKoa(binding.page(pageOptions)),
    api: (apiOptions) => mountedKoa(binding.api(apiOptions)),
    admin(adminOptions) {
      const admin = adminHandler(binding, adminOptions)
      return mountedKoa((ctx, call) => admin(ctx, call, ctx))
    },
    of: (ctx) => binding.of(ctx),
    async upgrade(request, socket) {
      if (!last) throw binding.missing()
      const { run } = last
      // Nobody sends the response: a handshake has none of this kind, but the session library wants to see one.
      const ctx: Context = last.app.createContext(request, new ServerResponse(request))
      return admitUpgrade(binding, ctx, () => run(ctx, async () => {}), request, socket)
    },
    guard: (store) => binding.guard(store),
  }
}

function addToContext<User, Data extends SessionData>(binding: KoaBinding<User, Data>, app: Koa): void {
  Reflect.defineProperty(app.context, PROPERTY, {
    get(this: Context) {
      return binding.of(this)
    },
    configurable: true,
  })
}

function sessionMiddleware<User, Data extends SessionData>(
  binding: KoaBinding<User, Data>,
  run: Run,
  app: Koa,
  needsKeys: boolean,
): Middleware {
  return async (ctx: Context, next: Next) => {
    if (binding.isOpen(ctx)) return next()
    checkKoaContext(ctx, app, needsKeys)
    ctx.set(binding.headers)
    ctx.res.once('close', () => binding.close(ctx))
    await binding.open(ctx, nodeSource(ctx.req), () => loadAndAdmit(binding, run, ctx, next))
  }
}

async function loadAndAdmit<User, Data extends SessionData>(
  binding: KoaBinding<User, Data>,
  run: Run,
  ctx: Context,
  next: Next,
): Promise<void> {
  let mustAnswer = false
  await run(ctx, async () => {
    const state = binding.admit(ctx)
    mustAnswer = (state instanceof Promise ? await state : state) === 'must-answer'
    if (!mustAnswer) await next()
  })
  if (!mustAnswer) return
  const { method, originalUrl, headers } = ctx
  const answer = binding.refusal({ method, path: originalUrl, accept: headers.accept })
  // On the login page it goes on: the key is gone by now, and the library comes to a fresh session.
  return answer ? answerKoa(ctx, answer) : run(ctx, next)
}
