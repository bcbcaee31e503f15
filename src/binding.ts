import type { AdmitParts } from './activity/admit.js'
import type { SessionEngine } from './engine/engine.js'
import { UserSessionsError } from './errors.js'
import { checkNames } from './options.js'
import type { RequestSource } from './request/source.js'
import type { Client, SessionData, UserSession } from './session.js'
import { Admissions, type Admitted } from './sessions/admission.js'
import type { RequestContext } from './sessions/context.js'
import { endChosen } from './sessions/end-chosen.js'
import type { BoundEngine } from './sessions/parts.js'
import { present } from './sessions/present.js'
import { requestEngine } from './sessions/request-engine.js'
import { RequestSessions } from './sessions/request-sessions.js'
import { createStoreRules, NO_RULES } from './sessions/store-rules.js'
import type { HandleParts } from './sessions/user-handle.js'
import { isUserId } from './storage/check-user-id.js'
import { createAdmin } from './web/admin.js'
import { type ApiOptions, createApi } from './web/api.js'
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
  readonly client: (source: RequestSource) => Client
}

/**
 * One framework and one session library joined to the system. The bindings in this package are built on it, and others
 * can be: open the context, run the session library on the guarded store, admit, and close when the response is done.
 */
export class Binding<Request extends object, Store, User = string, Data extends SessionData = SessionData> {
  readonly #parts: BindingParts<User, Data>
  readonly #engine: SessionEngine<Request, Store>
  readonly #web: WebOptions
  readonly #admissions: Admissions<Request, Store>

  /** @internal Made by `sessions.bind`. */
  constructor(parts: BindingParts<User, Data>, engine: SessionEngine<Request, Store>, options: BindingOptions) {
    checkNames(options, BINDING_OPTIONS, 'The binding')
    this.#parts = parts
    this.#engine = engine
    parts.engines.add(engine)
    this.#admissions = new Admissions(parts.shared.parts, parts.admit, engine)
    const { config } = parts.shared.parts
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
    const { parts } = this.#parts.shared
    if (this.#engine.authority === 'records')
      throw new TypeError(`The ${this.#engine.name} engine has no store to guard.`)
    return this.#engine.guard(store, parts.config.mode === 'off' ? NO_RULES : createStoreRules(parts))
  }

  /**
   * Opens the request's context and runs the session library in it. One that another binding has opened is shared: an app
   * may have sessions of two kinds, and each is admitted.
   */
  open<Result>(request: Request, source: RequestSource, run: () => Result): Result {
    const { contexts } = this.#parts.shared.parts
    const context = contexts.of(request)
    if (!context) return contexts.open(request, source, () => this.#parts.client(source), run)
    context.isLoading = true
    return run()
  }

  /** Whether {@link open} has been called for this request. */
  isOpen(request: Request): boolean {
    return this.#parts.shared.parts.contexts.of(request) !== undefined
  }

  /** The error for a request whose session middleware is not ours, or runs too late. */
  missing(): UserSessionsError {
    return new UserSessionsError(
      'session_middleware_missing',
      'usersessions has not seen this request: its session middleware must run first, in place of the session library’s own. Put `us.session(…)` before `us.page()`, `us.api()` and everything that asks for the request’s sessions; in Express, `app.use(us.session(session, { … }))` for `app.use(session({ … }))`.',
    )
  }

  /** The response is done. */
  close(request: Request): void {
    const { contexts } = this.#parts.shared.parts
    const context = contexts.of(request)
    if (context) contexts.close(context)
  }

  /**
   * Decides on the request's session once the library has loaded it, and notes the visit.
   *
   * @throws UserSessionsError `storage_unavailable` when records are the only authority and cannot be reached: answer
   * 503, never 401
   */
  admit(request: Request): Promise<Admitted> {
    return this.#admissions.admit(request, this.#context(request))
  }

  /**
   * The answer where {@link admit} came to `must-answer`: a person who opens a page is sent to the login page, a program
   * gets 401. Undefined on the login page itself, which must work: the request goes on.
   */
  async refusal(request: Request, asked: Asked): Promise<Response | undefined> {
    const answer = refusal(this.#web, asked)
    if (answer) await this.of(request).tellEnded()
    return answer
  }

  /** The sessions of the request's own user. */
  of(request: Request): RequestSessions<User, Data> {
    return new RequestSessions(this.#parts.shared, this.#context(request), requestEngine(this.#engine, request))
  }

  /** The sessions page: `/sessions/` below its mount (parity row 4). */
  page(options: PageOptions = {}): (request: Request, call: MountedCall) => Promise<Response | undefined> {
    const page = createPage({ ...options, ...this.#web })
    return (request, call) => page({ ...call, sessions: this.of(request) })
  }

  /** The JSON API: `/sessions` below its mount (parity row 16). */
  api(options: ApiOptions = {}): (request: Request, call: MountedCall) => Promise<Response | undefined> {
    const api = createApi({ ...options, ...this.#web })
    return (request, call) => api({ ...call, sessions: this.of(request) })
  }

  /** The admin page: `/sessions/` below its own mount (parity row 17). The binding has asked the app who may. */
  admin(): (by: string, call: MountedCall) => Promise<Response | undefined> {
    const admin = createAdmin(this.#web)
    return (by, call) => admin({ ...call, admin: this.#administer(by) })
  }

  #administer(by: string): WebAdmin {
    const { shared } = this.#parts
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
    const context = this.#parts.shared.parts.contexts.of(request)
    if (context) return context
    throw this.missing()
  }
}
