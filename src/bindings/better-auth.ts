import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as after } from 'node:timers/promises'
import { tryGetCurrentAuthEndpointContext } from '@better-auth/core/context'
import type { AuthContext, BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthMiddleware, getEndpoints, getIP } from 'better-auth/api'
import type { AuthSession, AuthVisit } from '../engine/auth-engine.js'
import { BetterAuthEngine } from '../engine/better-auth.js'
import type { Binding, BindingOptions, RequestSource, SessionData, UserSessions } from '../index.js'
import { type AuthHandlers, authHandlers } from './auth-handlers.js'
import { admitFound, inContext, visitOf } from './auth-visits.js'
import { judgedCookieCache } from './better-auth-cookie-cache.js'
import { betterAuthEndpoints } from './better-auth-endpoints.js'
import { howDestroyed } from './better-auth-how.js'
import { checkSetup, type Setup } from './check-setup.js'

export type { Allow, AuthHandlers, WebHandler } from './auth-handlers.js'
export type { AuthRequest } from './auth-visits.js'

type InternalAdapter = AuthContext['internalAdapter']

const SETUP: Setup = { name: 'userSessions', options: [] }
const HOW_TO = '`plugins: [us]` in `betterAuth({ … })`, and start that'
/** Better Auth sets its plug-ins up a moment after `betterAuth()` has returned. Milliseconds. */
const PATIENCE = 2_000
/** Better Auth has read these itself. */
const FORWARDED: ReadonlySet<string> = new Set(['x-forwarded-for', 'forwarded'])

/** Options of {@link userSessions}. */
export interface BetterAuthOptions extends BindingOptions {}

/**
 * A plug-in for Better Auth 1.7: records each of its sessions beside its own table, refuses ended ones, and has endpoints
 * to list and end them. Hand it to `betterAuth({ plugins: [us] })`; it has the page, the API and the request's own view,
 * too.
 *
 * @throws TypeError when `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function userSessions<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: BetterAuthOptions = {},
) {
  checkSetup(sessions, options, SETUP)
  const lookUps = new AsyncLocalStorage<AuthVisit>()
  const engine = new BetterAuthEngine<InternalAdapter>({
    visited: async (session) => lookUps.getStore() !== undefined || visited(binding, auth.context, session),
    how: howDestroyed,
    endAll: (userId, how) => binding.endAll(userId, how),
  })
  const binding: Binding<AuthVisit, InternalAdapter, User, Data> = sessions.bind(engine, options, HOW_TO)
  const auth = setUp()

  const handlers = authHandlers(binding, {
    source: (headers) => sourceOf(headers, auth.context),
    async find(visit, headers) {
      const { api } = await auth.ready(() => binding.missing())
      const found = await lookUps.run(visit, () => api.getSession({ headers, query: { disableRefresh: true } }))
      visit.session = found?.session
    },
  })

  const plugin = {
    id: 'user-sessions',
    init(context: AuthContext) {
      checkStateful(context)
      engine.cookies = sessionCookies(context)
      guardAdapter(context, (adapter) => binding.guard(adapter))
      judgedCookieCache(context, (session) => engine.isGood(session))
      auth.start(context)
      return { options: { databaseHooks: { session: { create: createHooks(binding, engine, () => auth.context) } } } }
    },
    hooks: { before: [revokeOthers(handlers)] },
    endpoints: betterAuthEndpoints(handlers),
  } satisfies BetterAuthPlugin
  return Object.assign(plugin, handlers)
}

/** What {@link userSessions} makes. */
export type BetterAuthUserSessions<User, Data extends SessionData> = AuthHandlers<User, Data> & BetterAuthPlugin

/** Admits the request's own session wherever Better Auth has looked it up. */
async function visited<User, Data extends SessionData>(
  binding: Binding<AuthVisit, InternalAdapter, User, Data>,
  context: AuthContext | undefined,
  session: AuthSession,
): Promise<boolean> {
  if (session.expiresAt.getTime() <= Date.now()) return true
  const headers = endpointHeaders()
  if (!headers?.get('cookie')?.includes(`${session.token}.`)) return true
  return admitFound(binding, headers, sourceOf(headers, context), session)
}

/** By itself Better Auth lists 100 of the others, and deletes them one by one. */
function revokeOthers<User, Data extends SessionData>({ of }: Pick<AuthHandlers<User, Data>, 'of'>) {
  return {
    matcher: ({ path }: { path?: string }) => path === '/revoke-other-sessions',
    handler: createAuthMiddleware(async ({ headers }) => {
      const mine = headers && (await of(headers))
      if (mine?.user !== undefined) await mine.endOthers()
    }),
  }
}

/** Better Auth's context, once it is there. */
function setUp() {
  let context: AuthContext | undefined
  let started = () => {}
  const start = new Promise<void>((resolve) => {
    started = resolve
  })
  return {
    get context() {
      return context
    },
    start(made: AuthContext): void {
      context = made
      started()
    },
    async ready(missing: () => Error) {
      if (!context) await Promise.race([start, after(PATIENCE, undefined, { ref: false })])
      if (!context) throw missing()
      // The endpoints as `auth.api` has them: with the hooks of other plug-ins, bearer tokens for one.
      return getEndpoints(context, context.options)
    },
  }
}

function checkStateful({ options }: AuthContext): void {
  if (options.database || options.secondaryStorage) return
  throw new TypeError(
    'userSessions needs a Better Auth that keeps its sessions: give it a `database` or a `secondaryStorage`. Without, the cookie is the session, and docs/tokens.md has the way for those.',
  )
}

/** Better Auth makes the adapter anew when all plug-ins are set up. */
function guardAdapter(context: AuthContext, guard: (adapter: InternalAdapter) => InternalAdapter): void {
  let guarded = guard(context.internalAdapter)
  Object.defineProperty(context, 'internalAdapter', {
    get: () => guarded,
    set: (adapter: InternalAdapter) => {
      guarded = guard(adapter)
    },
    enumerable: true,
    configurable: true,
  })
}

function sessionCookies({ authCookies }: AuthContext) {
  return [authCookies.sessionToken, authCookies.sessionData, authCookies.dontRememberToken]
}

function createHooks<User, Data extends SessionData>(
  binding: Binding<AuthVisit, InternalAdapter, User, Data>,
  engine: BetterAuthEngine<InternalAdapter>,
  context: () => AuthContext | undefined,
) {
  return {
    async before(session: AuthSession) {
      const headers = endpointHeaders() ?? new Headers()
      const visit = visitOf(headers)
      const source = sourceOf(headers, context())
      const isGood = await inContext(binding, visit, source, () => engine.starting(session, visit))
      if (!isGood) throw new APIError('FORBIDDEN', { message: 'This user may not sign in.', code: 'SESSION_REFUSED' })
    },
    after: (session: AuthSession) => engine.started(session),
  }
}

function endpointHeaders(): Headers | undefined {
  const endpoint = tryGetCurrentAuthEndpointContext()
  return endpoint?.headers ?? endpoint?.request?.headers
}

/** The address is the one that Better Auth finds, by its own `advanced.ipAddress`. */
function sourceOf(headers: Headers, context: AuthContext | undefined): RequestSource {
  return {
    header: (name) => (FORWARDED.has(name) ? undefined : (headers.get(name) ?? undefined)),
    remoteAddress: (context && getIP(headers, context.options)) ?? undefined,
  }
}
