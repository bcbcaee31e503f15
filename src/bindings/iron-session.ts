import type { IncomingMessage, ServerResponse } from 'node:http'
import { IronSessionEngine, type IronSessionEngineOptions, type IronSessionLike } from '../engine/iron-session.js'
import {
  type ApiOptions,
  type Binding,
  type BindingOptions,
  isWebPath,
  type MountedCall,
  type PageOptions,
  type RequestSessions,
  type SessionData,
  type UserSessions,
} from '../index.js'
import { adminHandler } from './admin-handler.js'
import { checkSetup, type Setup } from './check-setup.js'
import { nodeSource } from './node-source.js'
import type { NodeRequest } from './node-types.js'
import { sendWebResponse } from './send-web-response.js'
import { toWebRequest } from './to-web-request.js'
import { unavailableAnswer } from './unavailable-answer.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    node: NodeRequest
  }
}

const SETUP: Setup = {
  name: 'forIronSession',
  options: ['open', 'user'],
  hint: 'what opens the session, for example `open: (req, res) => getIronSession(req, res, { password, cookieName })`.',
}
const USER: Setup = {
  ...SETUP,
  options: ['user', 'open'],
  hint: "how to read the user's id from the session's data, for example `user: (data) => data.userId`.",
}
const HOW_TO = '`app.use(us.session())`'

/** A handler of Express, Connect or node:http. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (request: IncomingMessage) => boolean | string | undefined | Promise<boolean | string | undefined>

/** Options of {@link forIronSession}. */
export interface IronSessionOptions<Opened extends IronSessionLike>
  extends BindingOptions,
    IronSessionEngineOptions<Opened> {
  /** Opens the session with iron-session: `(req, res) => getIronSession(req, res, { password, cookieName })`. */
  readonly open: (request: IncomingMessage, response: ServerResponse) => Promise<Opened>
}

/** What an app on iron-session gets. */
export interface ForIronSession<User, Data extends SessionData, Opened extends IronSessionLike> {
  /**
   * Opens the request's session and admits it: put it before everything that reads it. A session that has ended is nobody's from
   * here on; where our records cannot be reached the answer is 503.
   */
  session(): NodeHandler
  /**
   * iron-session's own session, opened by {@link session}. Read it from here: one that a handler opens for itself is not checked.
   *
   * @throws UserSessionsError `session_middleware_missing`
   */
  sessionOf(request: IncomingMessage): Opened
  /** The sessions page; mounted at `/accounts` it is `/accounts/sessions/`. */
  page(options?: PageOptions): NodeHandler
  /** The JSON API; mounted at `/api/auth` it is `/api/auth/sessions`. */
  api(options?: ApiOptions): NodeHandler
  /** The admin page; mounted at `/admin` it is `/admin/sessions/`. Others are answered 403. */
  admin(options: { readonly allow: Allow }): NodeHandler
  /**
   * The sessions of the request's own user. After a sign-in `issue(userId)`, then `save()` on the session.
   *
   * @throws UserSessionsError `session_middleware_missing` when `us.session` has not run for this request
   */
  of(request: IncomingMessage): RequestSessions<User, Data>
}

type Joined<User, Data extends SessionData> = Binding<IncomingMessage, never, User, Data>

/**
 * Joins an app on iron-session 8 to the system: Express, Connect or node:http. For Next there is `usersessions/next`.
 *
 * @throws TypeError when `open` or `user` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forIronSession<User, Data extends SessionData, Opened extends IronSessionLike>(
  sessions: UserSessions<User, Data>,
  options: IronSessionOptions<Opened>,
): ForIronSession<User, Data, Opened> {
  for (const setup of [SETUP, USER]) checkSetup(sessions, options, setup)
  const { open, user, ...rest } = options
  const engine = new IronSessionEngine<IncomingMessage, Opened>({ user })
  const binding: Joined<User, Data> = sessions.bind(engine, rest, HOW_TO)
  return {
    session: () => (request, response, next) => {
      if (binding.isOpen(request)) return next()
      openAndAdmit(binding, engine, open, request, response).then((answer) => {
        if (answer) sendWebResponse(answer, response).catch(next)
        else process.nextTick(next)
      }, next)
    },
    sessionOf(request) {
      const session = engine.sessionOf(request)
      if (!session) throw binding.missing()
      return session
    },
    ...handlers(binding),
  }
}

async function openAndAdmit<User, Data extends SessionData, Opened extends IronSessionLike>(
  binding: Joined<User, Data>,
  engine: IronSessionEngine<IncomingMessage, Opened>,
  open: IronSessionOptions<Opened>['open'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Response | undefined> {
  const session = await open(request, response)
  engine.hold(request, session, () => {
    if (!response.headersSent) session.destroy()
  })
  for (const [name, value] of Object.entries(binding.headers)) response.setHeader(name, value)
  binding.open(request, nodeSource(request), () => {})
  response.once('close', () => binding.close(request))
  try {
    await binding.admit(request)
    return undefined
  } catch (error) {
    return unavailableAnswer(error)
  }
}

function handlers<User, Data extends SessionData>(
  binding: Joined<User, Data>,
): Omit<ForIronSession<User, Data, IronSessionLike>, 'session' | 'sessionOf'> {
  return {
    page: (pageOptions) => mounted(binding.page(pageOptions)),
    api: (apiOptions) => mounted(binding.api(apiOptions)),
    admin(adminOptions) {
      const admin = adminHandler(binding, adminOptions)
      return mounted((request, call) => admin(request, call, request))
    },
    of: (request) => binding.of(request),
  }
}

/** Set by Express and Connect, which cut a mount off the URL. */
type MountedRequest = IncomingMessage & { readonly originalUrl?: string }

function mounted(handle: (request: IncomingMessage, call: MountedCall) => Promise<Response | undefined>): NodeHandler {
  return (request: MountedRequest, response, next) => {
    const [below = '/'] = (request.url ?? '/').split('?', 1)
    const url = request.originalUrl ?? request.url ?? '/'
    const [path = '/'] = url.split('?', 1)
    // On node:http there is no mount: what the app hands over here is mounted where it comes from.
    const isMounted = request.originalUrl !== undefined
    const cut = isMounted ? path.length - below.length : path.lastIndexOf('/', path.length - 2)
    const call = { base: path.slice(0, cut), path: path.slice(cut) }
    if (!isWebPath(call.path)) return next()
    const web = toWebRequest(request, url)
    if (!web) {
      response.statusCode = 400
      return void response.end()
    }
    handle(request, { request: web, ...call })
      .then((answer) => (answer ? sendWebResponse(answer, response) : next()))
      .catch(next)
  }
}
