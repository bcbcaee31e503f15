import { IronSessionEngine, type IronSessionEngineOptions, type IronSessionLike } from '../engine/iron-session.js'
import type {
  ApiOptions,
  Binding,
  BindingOptions,
  MountedCall,
  PageOptions,
  RequestSessions,
  SessionData,
  UserSessions,
} from '../index.js'
import { adminHandler } from './admin-handler.js'
import { checkSetup, type Setup } from './check-setup.js'
import { unavailableAnswer } from './unavailable-answer.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    next: NextVisit
  }
}

const SETUP: Setup = {
  name: 'forNext',
  options: ['headers', 'session', 'user', 'after', 'flushAfter'],
  hint: "Next's own, `import { headers } from 'next/headers'`.",
}
const SESSION: Setup = {
  ...SETUP,
  options: ['session', 'headers', 'user', 'after', 'flushAfter'],
  hint: 'what opens the session, for example `session: async () => getIronSession(await cookies(), { password, cookieName })`.',
}
const USER: Setup = {
  ...SETUP,
  options: ['user', 'headers', 'session', 'after', 'flushAfter'],
  hint: "how to read the user's id from the session's data, for example `user: (data) => data.userId`.",
}

/** What of Next's headers is read. */
export interface NextHeaders {
  get(name: string): string | null
}

/** One request, as far as Next shows it to a component, an action or a handler. */
export interface NextVisit {
  readonly headers: NextHeaders
}

/** Options of {@link forNext}. */
export interface NextOptions<Opened extends IronSessionLike> extends BindingOptions, IronSessionEngineOptions<Opened> {
  /** `headers` of `next/headers`: it tells one request from another. */
  readonly headers: () => Promise<NextHeaders>
  /** Opens the session: `async () => getIronSession(await cookies(), { password, cookieName })`. */
  readonly session: () => Promise<Opened>
  /** `after` of `next/server`: what is left to do once the response is sent. Default is nothing: what a request leaves behind is then not seen. */
  readonly after?: (task: () => Promise<void>) => void
  /** Whether activity is written after each response, as where the process sleeps between requests. Default is false. */
  readonly flushAfter?: boolean
}

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (request: Request) => boolean | string | undefined | Promise<boolean | string | undefined>

/** A handler in a `route.ts`. */
export type RouteHandler = (request: Request) => Promise<Response>

/** What a Next app gets. */
export interface ForNext<User, Data extends SessionData, Opened extends IronSessionLike> {
  /**
   * The request's session, admitted: empty once it has ended. In components, actions and handlers; a component can read it, and
   * cannot save it, which is Next's rule.
   *
   * @throws UserSessionsError `storage_unavailable` when our records cannot be reached
   */
  session(): Promise<Opened>
  /** The sessions of the request's own user. After a sign-in `issue(userId)`, then `save()` on the session. */
  of(): Promise<RequestSessions<User, Data>>
  /** The sessions page: `export const { GET, POST } = us.page()` in `app/…/sessions/route.ts`. */
  page(options?: PageOptions): { readonly GET: RouteHandler; readonly POST: RouteHandler }
  /** The JSON API: `export const { GET, DELETE } = us.api()` in `app/…/sessions/route.ts`. */
  api(options?: ApiOptions): { readonly GET: RouteHandler; readonly DELETE: RouteHandler }
  /** The admin page, as {@link page}. Others are answered 403. */
  admin(options: { readonly allow: Allow }): { readonly GET: RouteHandler; readonly POST: RouteHandler }
}

type Joined<User, Data extends SessionData> = Binding<NextVisit, never, User, Data>

/**
 * Joins a Next app (App Router, 15 or 16, on Node) to the system.
 *
 * @throws TypeError when `headers`, `session` or `user` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forNext<User, Data extends SessionData, Opened extends IronSessionLike>(
  sessions: UserSessions<User, Data>,
  options: NextOptions<Opened>,
): ForNext<User, Data, Opened> {
  for (const setup of [SETUP, SESSION, USER]) checkSetup(sessions, options, setup)
  const { headers, session, user, after, flushAfter = false, ...rest } = options
  const engine = new IronSessionEngine<NextVisit, Opened>({ user }, 'forNext')
  const binding: Joined<User, Data> = sessions.bind(engine, rest, '`await us.of()`')
  const close = async (visit: NextVisit) => {
    binding.close(visit)
    if (flushAfter) await sessions.flush()
  }
  const open = async (visit: NextVisit): Promise<{ visit: NextVisit; session: Opened }> => {
    const opened = await session()
    engine.hold(visit, opened, () => forget(opened))
    await binding.open(visit, sourceOf(visit), () => binding.admit(visit))
    // Held until the response is done, and nobody would say when.
    if (after) after(() => close(visit))
    else binding.close(visit)
    return { visit, session: opened }
  }
  const visits = new WeakMap<object, ReturnType<typeof open>>()
  /** Components of a request ask side by side: Next hands each the same headers. */
  const admitted = async () => {
    const shown = await headers()
    const known = visits.get(shown) ?? open({ headers: shown })
    visits.set(shown, known)
    known.catch(() => visits.delete(shown))
    return known
  }
  return {
    session: async () => (await admitted()).session,
    of: async () => binding.of((await admitted()).visit),
    ...routes(binding, async () => (await admitted()).visit),
  }
}

function routes<User, Data extends SessionData>(
  binding: Joined<User, Data>,
  admitted: () => Promise<NextVisit>,
): Pick<ForNext<User, Data, IronSessionLike>, 'page' | 'api' | 'admin'> {
  const route = (handle: (visit: NextVisit, call: MountedCall) => Promise<Response | undefined>): RouteHandler => {
    return async (request) => {
      try {
        const answer = await handle(await admitted(), callOf(request))
        return answer ?? new Response(null, { status: 404 })
      } catch (error) {
        return unavailableAnswer(error)
      }
    }
  }
  return {
    page(options) {
      const page = binding.page(options)
      const handler = route((visit, call) => page(visit, { ...call, path: '/sessions/' }))
      return { GET: handler, POST: handler }
    },
    api(options) {
      const handler = route(binding.api(options))
      return { GET: handler, DELETE: handler }
    },
    admin(options) {
      const admin = adminHandler(binding, options)
      const handler = route((visit, call) => admin(visit, { ...call, path: '/sessions/' }, call.request))
      return { GET: handler, POST: handler }
    },
  }
}

/** The file’s place says where it is mounted. Next takes a slash at the end away, unless `trailingSlash` is on, and then adds it. */
function callOf(request: Request): MountedCall {
  const { pathname } = new URL(request.url)
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  const cut = path.lastIndexOf('/')
  return { request, base: path.slice(0, cut), path: path.slice(cut), self: pathname }
}

function sourceOf({ headers }: NextVisit) {
  // Next shows no socket: an address is told by proxies alone.
  return { header: (name: string) => headers.get(name) ?? undefined, remoteAddress: undefined }
}

/** A component cannot change cookies, and Next says so by throwing: the record has ended, and that is what counts. */
function forget(session: IronSessionLike): void {
  try {
    session.destroy()
  } catch (error) {
    if (!(error instanceof Error && /cookies can only be modified/i.test(error.message))) throw error
  }
}
