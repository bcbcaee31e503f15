import type { AdmitParts } from './activity/admit.js'
import { checkNames } from './checks.js'
import type { SessionEngine } from './engine/engine.js'
import { UserSessionsError } from './errors.js'
import { ACCEPT_CH } from './request/client-hints.js'
import { sameOrigin } from './request/same-origin.js'
import type { RequestSource } from './request/source.js'
import type { SeenClient, SessionData, UserSession } from './session.js'
import { Admissions, type Admitted } from './sessions/admission.js'
import { Contexts, type RequestContext } from './sessions/context.js'
import { endChosen } from './sessions/end-chosen.js'
import { endLeftBehind } from './sessions/end-left-behind.js'
import type { BoundEngine } from './sessions/parts.js'
import { present } from './sessions/present.js'
import { requestEngine } from './sessions/request-engine.js'
import { RequestSessions } from './sessions/request-sessions.js'
import { createStoreRules, NO_RULES } from './sessions/store-rules.js'
import { type EndRequest, type HandleParts, UserHandle } from './sessions/user-handle.js'
import { isUserId } from './storage/check-user-id.js'
import { createAdmin } from './web/admin.js'
import { type ApiOptions, createApi } from './web/api.js'
import { checkApiOptions, checkPageOptions } from './web/check-options.js'
import { createPage } from './web/page.js'
import type { PageOptions } from './web/page-options.js'
import { type Asked, refusal } from './web/refusal.js'
import type { WebAdmin, WebCall, WebOptions } from './web/web-context.js'

/** What every binding's users may set. */
export interface BindingOptions {
  /** Where the app signs people in; the page sends people there with `?next=`. Default is `/login`. */
  readonly loginUrl?: string
  /** Where the app's own logout takes a POST. Default is none: the page signs out by itself. */
  readonly logoutUrl?: string
  /** What a signed-out API client can do next, in the 401 body. Default is `[{ id: 'login' }]`. */
  readonly flows?: readonly { readonly id: string }[]
  /** Origins besides the app's own whose pages may send changes, `https://host[:port]`. Default is none. */
  readonly trustedOrigins?: readonly string[]
}

/** The names in {@link BindingOptions}, for bindings that check theirs. */
export const BINDING_OPTIONS: readonly string[] = ['loginUrl', 'logoutUrl', 'flows', 'trustedOrigins']

/** One web request as a binding hands it on: where it is mounted, and the path below. */
export type MountedCall = Omit<WebCall, 'sessions'>

/** What a binding needs from the system. */
export interface BindingParts<User, Data extends SessionData> {
  readonly shared: HandleParts<User, Data>
  readonly engines: Set<BoundEngine>
  readonly admit: AdmitParts
  readonly client: (source: RequestSource) => SeenClient
}

/**
 * One framework and one session library joined to the system. The bindings in this package are built on it, and others
 * can be: open the context, run the session library on the guarded store, admit, and close when the response is done.
 */
export class Binding<Request extends object, Store, User = string, Data extends SessionData = SessionData> {
  /** Headers for every response, to be set before the app's handlers run. */
  readonly headers: Readonly<Record<string, string>>
  readonly #shared: HandleParts<User, Data>
  readonly #client: BindingParts<User, Data>['client']
  readonly #engine: SessionEngine<Request, Store>
  readonly #web: WebOptions
  readonly #admissions: Admissions<Request, Store>
  readonly #howTo: string

  /** @internal Made by `sessions.bind`. */
  constructor(
    parts: BindingParts<User, Data>,
    engine: SessionEngine<Request, Store>,
    options: BindingOptions,
    howTo: string,
  ) {
    checkNames(options, BINDING_OPTIONS, 'The binding')
    this.#howTo = howTo
    // A request may carry a session of each kind: what this binding knows of it is its own.
    this.#shared = { ...parts.shared, parts: { ...parts.shared.parts, contexts: new Contexts() } }
    this.#client = parts.client
    this.#engine = engine
    parts.engines.add(engine)
    this.#admissions = new Admissions(this.#shared.parts, parts.admit, engine)
    const { config } = parts.shared.parts
    this.headers = config.clientHints ? { 'accept-ch': ACCEPT_CH } : {}
    this.#web = {
      loginUrl: options.loginUrl ?? '/login',
      logoutUrl: options.logoutUrl,
      flows: options.flows ?? [{ id: 'login' }],
      trustedOrigins: options.trustedOrigins ?? [],
      trackActivity: config.trackActivity,
      now: config.clock,
    }
  }

  /** The app's store, wrapped so that an ended session can neither be loaded nor come back. */
  guard(store: Store): Store {
    const { parts } = this.#shared
    if (this.#engine.authority === 'records')
      throw new TypeError(`The ${this.#engine.name} engine has no store to guard.`)
    return this.#engine.guard(store, parts.config.mode === 'off' ? NO_RULES : createStoreRules(parts))
  }

  /** Opens the request's context and runs the session library in it. */
  open<Result>(request: Request, source: RequestSource, run: () => Result): Result {
    return this.#shared.parts.contexts.open(request, source, () => this.#client(source), run)
  }

  /**
   * Whether the handshake of a WebSocket comes from no page of another site: it carries cookies, and nothing else keeps such a
   * page from opening one.
   */
  isOwnHandshake(headers: Headers): boolean {
    return sameOrigin(new Request('http://localhost', { method: 'POST', headers }), this.#web.trustedOrigins)
  }

  /** Whether {@link open} has been called for this request. */
  isOpen(request: Request): boolean {
    return this.#shared.parts.contexts.of(request) !== undefined
  }

  /** Whether something waits for the end of the request's session while it is answered: the answer may be a stream then. */
  isWatched(request: Request): boolean {
    return this.#shared.parts.contexts.of(request)?.signal !== undefined
  }

  /** The error for a request whose session middleware is not ours, or runs too late. */
  missing(): UserSessionsError {
    return new UserSessionsError(
      'session_middleware_missing',
      `usersessions has not seen this request: its session middleware must run first. Put ${this.#howTo} before \`us.page()\`, \`us.api()\` and everything that asks for the request’s sessions.`,
    )
  }

  /** The response is done. */
  close(request: Request): void {
    const { contexts } = this.#shared.parts
    const context = contexts.of(request)
    if (!context) return
    if (this.#engine.authority === 'records') endLeftBehind(this.#shared, this.#engine, request, context)
    contexts.close(context)
  }

  /**
   * Decides on the request's session once the library has loaded it, and notes the visit. No promise when memory can tell.
   *
   * @throws UserSessionsError `storage_unavailable` when records are the only authority and cannot be reached: answer
   * 503, never 401
   */
  admit(request: Request): Admitted | Promise<Admitted> {
    try {
      return this.#admissions.admit(request, this.#context(request))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * The answer where {@link admit} came to `must-answer`: a person who opens a page is sent to the login page, a program
   * gets 401. Undefined on the login page itself, which must work: the request goes on, and `tellEnded` can still say why.
   */
  refusal(asked: Asked): Response | undefined {
    return refusal(this.#web, asked)
  }

  /** Ends all sessions of a user by the id that the session library knows. */
  async endAll(user: string, how: EndRequest = {}): Promise<void> {
    await new UserHandle(this.#shared, user).endAll(how)
  }

  /** The sessions of the request's own user. */
  of(request: Request): RequestSessions<User, Data> {
    return new RequestSessions(this.#shared, this.#context(request), requestEngine(this.#engine, request))
  }

  /**
   * The sessions page: `/sessions/` below its mount (parity row 4).
   *
   * @throws UserSessionsError `option_unknown`
   * @throws TypeError for an option of another type
   */
  page(options: PageOptions = {}): (request: Request, call: MountedCall) => Promise<Response | undefined> {
    checkPageOptions(options)
    const page = createPage({ ...options, ...this.#web })
    return (request, call) => page({ ...call, sessions: this.of(request) })
  }

  /** The JSON API: `/sessions` below its mount (parity row 16). */
  api(options: ApiOptions = {}): (request: Request, call: MountedCall) => Promise<Response | undefined> {
    checkApiOptions(options)
    const api = createApi({ ...options, ...this.#web })
    return (request, call) => api({ ...call, sessions: this.of(request) })
  }

  /** The admin page: `/sessions/` below its own mount (parity row 17). The binding has asked the app who may. */
  admin(): (by: string, call: MountedCall) => Promise<Response | undefined> {
    const admin = createAdmin(this.#web)
    return (by, call) => admin({ ...call, admin: this.#administer(by) })
  }

  #administer(by: string): WebAdmin {
    const shared = this.#shared
    const { parts, presenter } = shared
    return {
      search: async (query) => (await parts.storage.search(query)).map((record) => present(presenter, record)),
      end: async (chosen) => {
        const ended: UserSession<User, Data>[] = []
        for (const { user, id } of chosen.filter(({ user }) => isUserId(user))) {
          ended.push(...(await endChosen(shared, user, { ids: [id] }, { reason: 'admin', by: `admin:${by}` })))
        }
        return ended
      },
    }
  }

  #context(request: Request): RequestContext {
    const context = this.#shared.parts.contexts.of(request)
    if (context) return context
    throw this.missing()
  }
}
