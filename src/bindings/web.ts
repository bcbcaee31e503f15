import { type TokenClaims, TokenEngine } from '../engine/token.js'
import type { ApiOptions, BindingOptions, PageOptions, RequestSessions, SessionData, UserSessions } from '../index.js'
import { checkSetup, type Setup } from './check-setup.js'
import { webHandlers } from './web-handlers.js'
import { Visits } from './web-visits.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    web: Request
  }
}

const SETUP: Setup = {
  name: 'forWeb',
  options: ['claims', 'clear'],
  hint: 'how to read the verified token, for example `claims: async (request) => verify(request.headers.get("authorization"))`, which gives { key, user }.',
}
const HOW_TO = '`us.session(request, next)` around your own handlers, or `await us.admit(request)` before them, and'

/** What the platform knows of a request. */
export interface WebInfo {
  /** The address of who sent it, as the platform tells it; without it sessions have none. */
  readonly ip?: string | undefined
  /** Where the platform stops between requests: takes what is still to be written when the answer is ready. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined
}

/** Options of {@link forWeb}. */
export interface ForWebOptions extends BindingOptions {
  /**
   * Reads the claims of the request's token, whose signature and times it has verified; undefined when it has none. Called
   * once for each request, and may answer with a promise.
   */
  readonly claims: (request: Request) => Claims | Promise<Claims>
  /** The `Set-Cookie` headers that clear the cookie the token came in. Default is none, as for bearer tokens. */
  readonly clear?: (request: Request) => string | readonly string[]
}

type Claims = TokenClaims | null | undefined

/** A handler as fetch's standard has it. */
export type WebHandler = (request: Request, info?: WebInfo) => Promise<Response>

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (request: Request) => boolean | string | undefined | Promise<boolean | string | undefined>

/** What an app of `Request` and `Response` gets whose clients carry their sessions. */
export interface ForWeb<User, Data extends SessionData> {
  /**
   * Admits, and runs `next`: put it around everything that acts on the token. A token whose session has ended is answered
   * 401 (or sent to the login page), and where our records cannot be reached 503, never 401.
   */
  session(request: Request, next: () => Response | Promise<Response>, info?: WebInfo): Promise<Response>
  /**
   * The same where nothing can be put around: resolves to the answer that must be sent in place of the app's own; undefined
   * when the request may go on. Hand your answer to {@link finish}.
   */
  admit(request: Request, info?: WebInfo): Promise<Response | undefined>
  /** After {@link admit}: the response with the cookies that a sign-out has cleared. */
  finish(request: Request, response: Response): Response
  /** The sessions page, for `/accounts/sessions/` or any other path that ends in `/sessions/`. */
  page(options?: PageOptions): WebHandler
  /** The JSON API, for `/api/auth/sessions` or any other path that ends in `/sessions`. */
  api(options?: ApiOptions): WebHandler
  /** The admin page. Others are answered 403. */
  admin(options: { readonly allow: Allow }): WebHandler
  /**
   * The sessions of the request's own user.
   *
   * @throws UserSessionsError `session_middleware_missing` when neither {@link session} nor {@link admit} has seen this request
   */
  of(request: Request): RequestSessions<User, Data>
}

/**
 * Joins anything that turns a `Request` into a `Response` to the system: SvelteKit, React Router, Astro, Bun, Deno and
 * others. Sign in with `us.of(request).issue(userId)`, and put the key into the token.
 *
 * @throws TypeError when `claims` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forWeb<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: ForWebOptions,
): ForWeb<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { claims, clear, ...rest } = options
  const read = new WeakMap<Request, TokenClaims>()
  const cleared = new WeakMap<Request, string[]>()
  const engine = new TokenEngine<Request>({
    claims: (request) => read.get(request),
    clear: (request) => void cleared.set(request, [clear?.(request) ?? []].flat()),
  })
  const binding = sessions.bind<Request, never>(engine, rest, HOW_TO)
  const visits = new Visits(binding, {
    async read(request) {
      const found = await claims(request)
      if (found) read.set(request, found)
    },
    cleared: (request) => cleared.get(request) ?? [],
    flush: () => sessions.flush(),
  })
  return {
    session: (request, next, info) => visits.session(request, next, info),
    admit: (request, info) => visits.admit(request, info),
    finish: (request, response) => visits.finish(request, response),
    ...webHandlers(binding, visits),
    of: (request) => binding.of(request),
  }
}
