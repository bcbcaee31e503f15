import type { FastifySessionOptions, SessionStore } from '@fastify/session'
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
} from 'fastify'
import {
  FastifySessionEngine,
  type FastifySessionEngineOptions,
  type FastifySessionRequest,
} from '../engine/fastify-session.js'
import {
  type Admitted,
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
import { toWebRequest } from './to-web-request.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    fastify: FastifyRequest
  }
}

declare module 'fastify' {
  interface FastifyRequest {
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
 * What `request.userSessions` deals in, for apps whose user ids are no strings or whose sessions carry data of a type:
 * `declare module 'usersessions/fastify' { interface AppTypes { user: number } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by the app through declaration merging
export interface AppTypes {}

/** Options of {@link forFastify}. */
export interface FastifyOptions extends BindingOptions, FastifySessionEngineOptions {}

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (request: FastifyRequest) => boolean | string | undefined | Promise<boolean | string | undefined>

/** @fastify/session's default export. */
export type FastifySessionPlugin = FastifyPluginCallback<FastifySessionOptions>

/** Four things for a Fastify app: its session, its page, its API, and the request's own view; and a plain admin page. */
export interface ForFastify<User, Data extends SessionData> {
  /**
   * The app's own session plugin, on a guarded store: `app.register(us.session(fastifySession, { … }))` for
   * `app.register(fastifySession, { … })`. Takes all that @fastify/session takes, and wants @fastify/cookie before it, too.
   */
  session(plugin: FastifySessionPlugin, options: FastifySessionOptions): FastifyPluginAsync
  /** The sessions page; registered with `{ prefix: '/accounts' }` it is `/accounts/sessions/`. */
  page(options?: PageOptions): FastifyPluginCallback
  /** The JSON API; registered with `{ prefix: '/api/auth' }` it is `/api/auth/sessions`. */
  api(options?: ApiOptions): FastifyPluginCallback
  /** The admin page; registered with `{ prefix: '/admin' }` it is `/admin/sessions/`. Others are answered 403. */
  admin(options: { readonly allow: Allow }): FastifyPluginCallback
  /**
   * The sessions of the request's own user; `request.userSessions` is the same.
   *
   * @throws UserSessionsError `session_middleware_missing` when `us.session` has not run for this request
   */
  of(request: FastifySessionRequest): RequestSessions<User, Data>
}

/** Of type string: the types of the app are the caller's here, and those that it declares there. */
const PROPERTY: string = 'userSessions'

const SETUP: Setup = {
  name: 'forFastify',
  options: ['user'],
  hint: "how to read the user's id from the session's data, for example `user: (data) => data.userId`.",
}
const HOW_TO =
  '`app.register(us.session(fastifySession, { … }))` in place of `app.register(fastifySession, { … })`, and'

type FastifyBinding<User, Data extends SessionData> = Binding<FastifySessionRequest, SessionStore, User, Data>

/**
 * Joins a Fastify 5 app on @fastify/session to the system.
 *
 * @throws TypeError when `user` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forFastify<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: FastifyOptions,
): ForFastify<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { user, ...rest } = options
  const engine = new FastifySessionEngine({ user })
  const binding: FastifyBinding<User, Data> = sessions.bind(engine, rest, HOW_TO)
  return {
    session: (plugin, sessionOptions) => sessionPlugin(binding, engine, plugin, sessionOptions),
    page: (pageOptions) => mounted(['/sessions', '/sessions/'], binding.page(pageOptions)),
    api: (apiOptions) => mounted(['/sessions'], binding.api(apiOptions)),
    admin(adminOptions) {
      const admin = adminHandler(binding, adminOptions)
      return mounted(['/sessions', '/sessions/'], (request, call) => admin(request, call, request))
    },
    of: (request) => binding.of(request),
  }
}

function sessionPlugin<User, Data extends SessionData>(
  binding: FastifyBinding<User, Data>,
  engine: FastifySessionEngine,
  plugin: FastifySessionPlugin,
  options: FastifySessionOptions,
): FastifyPluginAsync {
  if (typeof plugin !== 'function' || typeof options !== 'object' || options === null) {
    throw new TypeError(
      'us.session takes @fastify/session itself first: `app.register(us.session(fastifySession, { secret, … }))`.',
    )
  }
  const store = binding.guard(options.store ?? memoryStore(plugin))
  engine.cookieName = options.cookieName ?? engine.cookieName
  return forWholeApp(async (app) => {
    app.decorateRequest(PROPERTY, {
      getter(this: FastifyRequest) {
        return binding.of(this)
      },
    })
    app.addHook('onRequest', (request, reply, next) => {
      reply.headers(binding.headers)
      // Fastify's onResponse does not come when the client has gone.
      reply.raw.once('close', () => binding.close(request))
      binding.open(request, nodeSource(request.raw), next)
    })
    await app.register(plugin, { ...options, store })
    app.addHook('onRequest', (request, reply, next) => admitted(binding, engine, request, reply, next))
  })
}

/** @fastify/session declares the class as an instance of itself, so it is looked at. */
function memoryStore(plugin: object): SessionStore {
  const MemoryStore: unknown = Reflect.get(plugin, 'MemoryStore')
  const store: unknown = typeof MemoryStore === 'function' ? Reflect.construct(MemoryStore, []) : undefined
  if (isSessionStore(store)) return store
  throw new TypeError('us.session takes @fastify/session itself first; any other plugin needs a `store` with it.')
}

function isSessionStore(store: unknown): store is SessionStore {
  if (typeof store !== 'object' || store === null) return false
  return ['get', 'set', 'destroy'].every((name) => typeof Reflect.get(store, name) === 'function')
}

/** Hooks and decorators reach the app that registers it, and not only what is registered within: fastify-plugin's way. */
function forWholeApp(plugin: FastifyPluginAsync): FastifyPluginAsync {
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'usersessions',
  })
}

function admitted<User, Data extends SessionData>(
  binding: FastifyBinding<User, Data>,
  engine: FastifySessionEngine,
  request: FastifyRequest,
  reply: FastifyReply,
  next: HookHandlerDoneFunction,
): void {
  const goOn = (state: Admitted) => {
    const { method, url, headers } = request
    const answer = state === 'must-answer' && binding.refusal({ method, path: url, accept: headers.accept })
    if (state === 'ended') engine.keepCookie(request)
    if (answer) void sendOn(reply, answer)
    else next()
  }
  const state = binding.admit(request)
  if (state instanceof Promise) state.then(goOn, next)
  else goOn(state)
}

/** A web-standard handler below a prefix, in a scope of its own; what it does not answer is not found. */
function mounted(
  paths: readonly string[],
  handle: (request: FastifyRequest, call: MountedCall) => Promise<Response | undefined>,
): FastifyPluginCallback {
  return (app, _options, done) => {
    // Our handlers read bodies themselves, within their own bounds, whatever parsers the app has or has not.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload))
    for (const path of ignoresSlash(app) ? ['/sessions'] : paths) {
      app.all(path, async (request, reply) => {
        const call = mountedCall(request)
        if (!call) return reply.code(400).send()
        const answer = isWebPath(call.path) ? await handle(request, call) : undefined
        return answer ? sendOn(reply, answer) : reply.callNotFound()
      })
    }
    done()
  }
}

/** Then a path with and one without the slash are one route, and Fastify refuses the second. */
function ignoresSlash({ initialConfig }: FastifyInstance): boolean {
  return Boolean(initialConfig.routerOptions?.ignoreTrailingSlash ?? initialConfig.ignoreTrailingSlash)
}

function mountedCall(request: FastifyRequest): MountedCall | undefined {
  const web = toWebRequest(request.raw, request.url, request.body)
  const [path = ''] = request.url.split('?', 1)
  const cut = path.lastIndexOf('/', path.length - 2)
  // The prefix itself would not do: it may have parameters.
  return web && { request: web, base: path.slice(0, cut), path: path.slice(cut) }
}

async function sendOn(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  reply.code(response.status)
  for (const [name, value] of response.headers) reply.header(name, value)
  const body = Buffer.from(await response.arrayBuffer())
  return reply.send(body.length > 0 ? body : undefined)
}
