import { type Context, Hono, type MiddlewareHandler, type Next } from 'hono'
import type { GetConnInfo } from 'hono/conninfo'
import {
  type Admitted,
  type ApiOptions,
  type Binding,
  isWebPath,
  type MountedCall,
  type PageOptions,
  type RequestSessions,
  type SessionData,
} from '../index.js'
import { adminHandler } from './admin-handler.js'
import { mountedCall } from './mounted-call.js'
import { readAgain } from './read-again.js'
import { unavailableAnswer } from './unavailable-answer.js'
import { webSource } from './web-source.js'
import { whenSent } from './when-sent.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    hono: Context
  }
}

/** What `us.session` sets: `new Hono<{ Variables: UserSessionsVariables }>()` knows `c.var.userSessions`. */
export interface UserSessionsVariables<User = string, Data extends SessionData = SessionData> {
  /** The sessions of the request's own user. */
  userSessions: RequestSessions<User, Data>
}

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (c: Context) => boolean | string | undefined | Promise<boolean | string | undefined>

/** How a Hono app learns of its peers. */
export interface HonoConnection {
  /**
   * Hono's `getConnInfo` for where the app runs, such as that of `hono/bun`. Default is what @hono/node-server tells; elsewhere
   * sessions have no address without it.
   */
  readonly conninfo?: GetConnInfo
}

/** What a Hono app gets whatever its sessions are. */
export interface HonoHandlers<User, Data extends SessionData> {
  /** The sessions page: `app.route('/accounts', us.page())` is `/accounts/sessions/`. */
  page(options?: PageOptions): Hono
  /** The JSON API: `app.route('/api/auth', us.api())` is `/api/auth/sessions`. */
  api(options?: ApiOptions): Hono
  /** The admin page: `app.route('/admin', us.admin({ … }))` is `/admin/sessions/`. Others are answered 403. */
  admin(options: { readonly allow: Allow }): Hono
  /**
   * The sessions of the request's own user; `c.var.userSessions` is the same.
   *
   * @throws UserSessionsError `session_middleware_missing` when `us.session` has not run for this request
   */
  of(c: Context): RequestSessions<User, Data>
}

/** The middleware that `us.session` makes. */
export type SessionHandler<User, Data extends SessionData, Env extends object = object> = MiddlewareHandler<
  Env & { Variables: UserSessionsVariables<User, Data> }
>

/** The page, the API, the admin page and the request's own view, of any binding on Hono. */
export function honoHandlers<Store, User, Data extends SessionData>(
  binding: Binding<Context, Store, User, Data>,
): HonoHandlers<User, Data> {
  return {
    page: (pageOptions) => mounted(['/sessions', '/sessions/'], binding.page(pageOptions)),
    api: (apiOptions) => mounted(['/sessions'], binding.api(apiOptions)),
    admin(adminOptions) {
      const admin = adminHandler(binding, adminOptions)
      return mounted(['/sessions', '/sessions/'], (c, call) => admin(c, call, c))
    },
    of: (c) => binding.of(c),
  }
}

/** What {@link openAndAdmit} does between its own steps. */
export interface Layer {
  /** Runs the session library, if there is one, and `next` in it. */
  run(next: Next): Promise<unknown>
  /** Told what admission came to, before the handlers run. */
  admitted?(state: Admitted): Promise<void> | void
}

/** Opens the request's context, runs the session library in it, and admits. */
export async function openAndAdmit<Store, User, Data extends SessionData>(
  binding: Binding<Context, Store, User, Data>,
  { conninfo = nodeConnInfo }: HonoConnection,
  c: Context,
  next: Next,
  layer: Layer,
): Promise<void> {
  for (const [name, value] of Object.entries(binding.headers)) c.header(name, value)
  const response = nodeResponse(c)
  response?.once('close', () => binding.close(c))
  const admitted = async () => {
    const answer = await refused(binding, c, layer)
    if (answer) c.res = c.newResponse(await textOf(answer), answer)
    else await next()
  }
  try {
    const source = webSource(c.req.raw, conninfo(c).remote.address)
    await binding.open(c, source, () => layer.run(admitted))
  } finally {
    if (!response) closeWhenSent(binding, c)
  }
}

async function refused<Store, User, Data extends SessionData>(
  binding: Binding<Context, Store, User, Data>,
  c: Context,
  layer: Layer,
): Promise<Response | undefined> {
  let state: Admitted
  try {
    state = await binding.admit(c)
  } catch (error) {
    return unavailableAnswer(error)
  }
  await layer.admitted?.(state)
  c.set('userSessions', binding.of(c))
  const { pathname, search } = new URL(c.req.url)
  const asked = { method: c.req.method, path: pathname + search, accept: c.req.header('accept') }
  return state === 'must-answer' ? binding.refusal(asked) : undefined
}

/** Only where Node's response is out of sight: there a stream that waits for an end of the session is followed to its own. */
function closeWhenSent<Store, User, Data extends SessionData>(
  binding: Binding<Context, Store, User, Data>,
  c: Context,
): void {
  const close = () => binding.close(c)
  if (c.finalized && binding.isWatched(c)) c.res = whenSent(c.res, close)
  else close()
}

/** A web-standard handler in a sub-app; what it does not answer is not found. */
function mounted(
  paths: readonly string[],
  handle: (c: Context, call: MountedCall) => Promise<Response | undefined>,
): Hono {
  const app = new Hono()
  for (const path of paths) {
    app.all(path, async (c) => {
      const request = await readAgain(c)
      if (!request) return c.body(null, 400)
      const call = mountedCall(request)
      const answer = isWebPath(call.path) ? await handle(c, call) : undefined
      // Hono forgets the cookies that were set before when it is handed a response made elsewhere.
      return answer ? c.newResponse(await textOf(answer), answer) : c.notFound()
    })
  }
  return app
}

async function textOf(response: Response): Promise<string | null> {
  return (await response.text()) || null
}

/** What @hono/node-server hands over, as far as we need it. */
interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } }
  readonly outgoing?: { once(event: 'close', listener: () => void): unknown }
}

function nodeBindings(c: Context): NodeBindings {
  return Object(c.env)
}

function nodeConnInfo(c: Context): ReturnType<GetConnInfo> {
  const address = nodeBindings(c).incoming?.socket?.remoteAddress
  return { remote: address === undefined ? {} : { address } }
}

function nodeResponse(c: Context): NodeBindings['outgoing'] {
  const { outgoing } = nodeBindings(c)
  return typeof outgoing?.once === 'function' ? outgoing : undefined
}
