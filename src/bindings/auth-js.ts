import { AsyncLocalStorage } from 'node:async_hooks'
import type { AuthSession, AuthVisit } from '../engine/auth-engine.js'
import { type AuthJsAdapter, AuthJsEngine } from '../engine/auth-js.js'
import type { Binding, BindingOptions, RequestSource, SessionData, UserSessions } from '../index.js'
import { type AuthHandlers, authHandlers } from './auth-handlers.js'
import { admitFound, headersOf, inContext, visitOf } from './auth-visits.js'
import { checkSetup, type Setup } from './check-setup.js'

export type { Allow, AuthHandlers, WebHandler } from './auth-handlers.js'
export type { AuthRequest } from './auth-visits.js'

const SETUP: Setup = { name: 'withUserSessions', options: ['headers'] }
const HOW_TO = '`Auth(request, us.config({ adapter, … }))` in place of `Auth(request, { adapter, … })`, and'

type AuthJsBinding<User, Data extends SessionData> = Binding<AuthVisit, AuthJsAdapter, User, Data>

/** Options of {@link withUserSessions}. */
export interface AuthJsOptions extends BindingOptions {
  /**
   * Reads the headers of the request at work where no {@link ForAuthJs.handler} runs: Next's `headers`. Default is
   * nothing: without a request a sign-in is recorded without address and user agent.
   */
  readonly headers?: () => Headers | Promise<Headers>
}

/** What of Auth.js' config is read. */
export interface AuthJsConfig {
  readonly adapter?: unknown
  readonly session?: { readonly strategy?: string } | undefined
  readonly cookies?: { readonly sessionToken?: { readonly name?: string } } | undefined
}

/** What an app on Auth.js gets: its config on a guarded adapter, its page, its API, and the request's own view. */
export interface ForAuthJs<User, Data extends SessionData> extends AuthHandlers<User, Data> {
  /**
   * The app's own config, for `Auth`, `NextAuth` and their like, on a guarded adapter.
   *
   * @throws TypeError without an adapter, or with `session: { strategy: 'jwt' }`: no database has such sessions
   */
  config<Config extends AuthJsConfig>(config: Config): Config
  /** The app's own handler, run so that what its sessions do is known to be this request's. */
  handler<Answer>(handle: (request: Request) => Answer): (request: Request) => Answer
}

/**
 * Joins an app on Auth.js, or NextAuth 4 or 5, with database sessions to the system.
 *
 * @throws TypeError when `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function withUserSessions<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: AuthJsOptions = {},
): ForAuthJs<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { headers, ...rest } = options
  const requests = new Requests(headers)
  const engine = new AuthJsEngine({
    visited: (session) => visited(binding, requests, session),
    how: ({ token, userId }) => (requests.carry(token) ? { reason: 'user', by: userId } : { reason: 'app', by: null }),
    visit: async () => {
      const known = await requests.headers()
      return known && visitOf(known)
    },
    within(visit, run) {
      if (!visit) return run()
      return inContext(binding, visit, sourceOf({ get: (name) => visit.headers[name] ?? null }), run)
    },
    endAll: (userId, how) => binding.endAll(userId, how),
  })
  const binding: AuthJsBinding<User, Data> = sessions.bind(engine, rest, HOW_TO)
  return {
    config(config) {
      const { adapter, cookies } = config
      checkStrategy(config)
      if (!isAdapter(adapter)) throw noAdapter()
      const name = cookies?.sessionToken?.name
      if (name !== undefined) engine.cookieNames = [name]
      return { ...config, adapter: { ...adapter, ...binding.guard(adapter) } }
    },
    handler: (handle) => (request) => requests.run(request, () => handle(request)),
    ...authHandlers(binding, {
      source: sourceOf,
      async find(visit) {
        visit.session = await engine.find(visit)
      },
    }),
  }
}

/** The request at work, as far as it is known. */
class Requests {
  readonly #running = new AsyncLocalStorage<Headers>()

  constructor(private readonly read: AuthJsOptions['headers']) {}

  run<Answer>(request: Request, handle: () => Answer): Answer {
    return this.#running.run(headersOf(request), handle)
  }

  /** Next's `headers` throws outside a request. */
  async headers(): Promise<Headers | undefined> {
    const known = this.#running.getStore()
    if (known || !this.read) return known
    try {
      return headersOf(await this.read())
    } catch {
      return undefined
    }
  }

  /** Whether a request that we run brought this token. */
  carry(token: string): boolean {
    return this.#running.getStore()?.get('cookie')?.includes(token) ?? false
  }
}

/** Admits the request's own session whenever Auth.js has looked it up. */
async function visited<User, Data extends SessionData>(
  binding: AuthJsBinding<User, Data>,
  requests: Requests,
  session: AuthSession,
): Promise<boolean> {
  if (session.expiresAt.getTime() <= Date.now()) return true
  const headers = await requests.headers()
  if (!headers?.get('cookie')?.includes(session.token)) return true
  return admitFound(binding, headers, sourceOf(headers), session)
}

/** No socket is seen: the address is what `trustedProxies` lets the headers tell. */
function sourceOf(headers: Pick<Headers, 'get'>): RequestSource {
  return { header: (name) => headers.get(name) ?? undefined, remoteAddress: undefined }
}

function checkStrategy({ session }: AuthJsConfig): void {
  if (session?.strategy !== 'jwt') return
  throw new TypeError(
    "us.config needs database sessions, and got session: { strategy: 'jwt' }: no database knows those, so none can be listed or ended. Use `strategy: 'database'`; docs/tokens.md has the way for tokens of your own.",
  )
}

function isAdapter(adapter: unknown): adapter is Required<AuthJsAdapter> {
  if (typeof adapter !== 'object' || adapter === null) return false
  const needed = ['createSession', 'getSessionAndUser', 'updateSession', 'deleteSession']
  return needed.every((name) => typeof Reflect.get(adapter, name) === 'function')
}

function noAdapter(): TypeError {
  return new TypeError(
    'us.config needs an `adapter` that keeps sessions (createSession, getSessionAndUser, updateSession, deleteSession). Without one Auth.js puts them into tokens, and docs/tokens.md has the way for those.',
  )
}
