import type { AbstractHttpAdapter } from '@nestjs/core'
import type { Request as ExpressRequest, RequestHandler } from 'express'
import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import { createUserSessions, type SessionData, UserSessions } from '../index.js'
import { forExpress } from './express.js'
import type { ExpressHandlers } from './express-handlers.js'
import { forExpressTokens } from './express-tokens.js'
import { forFastify } from './fastify.js'
import { awaitAnswers } from './nest-fastify.js'
import { type Mount, nestMounts } from './nest-mounts.js'
import type { NestOnExpress, NestOnFastify, NestOnTokens, NestOptions, Plugin } from './nest-options.js'

/** Under what the modules of an app find {@link Joined}. */
export const JOINED = Symbol('UserSessionsModule')

/** The system joined to a Nest app, not yet set up on its platform. */
export interface Joined {
  readonly sessions: object
  /** What `forExpress`, `forFastify` or `forExpressTokens` gave. */
  readonly binding: object
  readonly loginUrl: string
  readonly platform: 'express' | 'fastify'
  /** Sets up the session, before what the app itself puts on its platform. */
  attach(adapter: AbstractHttpAdapter): void
  /** Mounts the pages and the API; `at` gives their paths below the app's prefix. */
  mount(adapter: AbstractHttpAdapter, at: (path: string) => string): void
  /** Closes what was opened for the app. */
  close(): Promise<void>
}

type OnPlatform = Pick<Joined, 'binding' | 'platform' | 'attach' | 'mount'>

const NO_LIBRARY =
  'UserSessionsModule needs `library`: express-session or, with `cookie: fastifyCookie`, @fastify/session itself. With tokens it needs `claims`.'

/** The platform that options are for. */
export function platformOf(options: { readonly cookie?: unknown }): Joined['platform'] {
  return options.cookie === undefined ? 'express' : 'fastify'
}

/** Opens the system, if it is not open, and joins it to the framework below Nest. */
export async function joinNest<User, Data extends SessionData>({
  sessions: openOrNot,
  ...options
}: NestOptions<User, Data>): Promise<Joined> {
  const { loginUrl = '/login' } = options
  const given = await openOrNot
  if (given instanceof UserSessions) {
    return { sessions: given, loginUrl, close: async () => {}, ...onPlatform(given, options) }
  }
  const sessions = await createUserSessions(given)
  try {
    return { sessions, loginUrl, close: () => sessions.close(), ...onPlatform(sessions, options) }
  } catch (error) {
    await sessions.close()
    throw error
  }
}

function onPlatform<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  options: NestOnExpress | NestOnFastify | NestOnTokens,
): OnPlatform {
  if (options.library === undefined && !('claims' in options)) throw new TypeError(NO_LIBRARY)
  if (options.cookie !== undefined) return onFastify(sessions, options)
  return options.library === undefined ? onTokens(sessions, options) : onExpress(sessions, options)
}

function onExpress<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  { library, session, cookie: _cookie, page, api, admin, ...rest }: NestOnExpress,
): OnPlatform {
  const us = forExpress(sessions, rest)
  return express(us, us.session(library, session), nestMounts(us, { page, api, admin }))
}

function onTokens<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  { library: _library, session: _session, cookie: _cookie, page, api, admin, ...rest }: NestOnTokens,
): OnPlatform {
  const us = forExpressTokens(sessions, rest)
  return express(us, us.session(), nestMounts(us, { page, api, admin }))
}

function express<User, Data extends SessionData>(
  us: ExpressHandlers<User, Data>,
  session: RequestHandler,
  mounts: readonly Mount<RequestHandler>[],
): OnPlatform {
  return {
    binding: us,
    platform: 'express',
    attach(adapter) {
      // As on Fastify: Nest's decorators see the request alone.
      adapter.use((request: ExpressRequest, _response: unknown, next: () => void) => {
        Object.defineProperty(request, 'userSessions', { configurable: true, get: () => us.of(request) })
        next()
      })
      adapter.use(session)
    },
    mount(adapter, at) {
      for (const [path, handler] of mounts) adapter.use(at(path) || '/', handler)
    },
  }
}

function onFastify<User, Data extends SessionData>(
  sessions: UserSessions<User, Data>,
  { library, session, cookie, page, api, admin, ...rest }: NestOnFastify,
): OnPlatform {
  const us = forFastify(sessions, rest)
  const plugin = us.session(library, session)
  const mounts = nestMounts(us, { page, api, admin })
  return {
    binding: us,
    platform: 'fastify',
    attach(adapter) {
      const app = adapter.getInstance<FastifyInstance>()
      awaitAnswers(app)
      if (isPlugin(cookie)) app.register(cookie)
      app.register(plugin)
    },
    mount(adapter, at) {
      const app = adapter.getInstance<FastifyInstance>()
      for (const [path, handler] of mounts) app.register(handler, { prefix: at(path) })
    },
  }
}

function isPlugin(cookie: Plugin | 'registered'): cookie is Plugin & FastifyPluginCallback {
  return typeof cookie === 'function'
}
