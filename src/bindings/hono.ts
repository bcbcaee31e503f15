import type { Context, MiddlewareHandler } from 'hono'
import {
  HonoSessionsEngine,
  type HonoSessionsEngineOptions,
  type HonoSessionsSetup,
  type HonoSessionsStore,
  type HonoStored,
} from '../engine/hono-sessions.js'
import type { Binding, BindingOptions, SessionData, UserSessions } from '../index.js'
import { checkSetup, type Setup } from './check-setup.js'
import {
  type HonoConnection,
  type HonoHandlers,
  honoHandlers,
  openAndAdmit,
  type SessionHandler,
} from './hono-handlers.js'

export type { Allow, HonoConnection, HonoHandlers, UserSessionsVariables } from './hono-handlers.js'

const SETUP: Setup = {
  name: 'forHono',
  options: ['user', 'conninfo'],
  hint: "how to read the user's id from the session's data, for example `user: (data) => data.userId`.",
}
const HOW_TO = '`app.use(us.session(sessionMiddleware, { … }))` in place of `app.use(sessionMiddleware({ … }))`, and'
const METHODS = ['getSessionById', 'createSession', 'persistSessionData', 'deleteSession']

/** Options of {@link forHono}. */
export interface HonoOptions<Stored = HonoStored>
  extends BindingOptions,
    HonoConnection,
    HonoSessionsEngineOptions<Stored> {}

/** What hono-sessions' `sessionMiddleware` takes, as far as we need it. */
export interface HonoSessionsOptions extends HonoSessionsSetup {
  readonly store: object
}

/** Four things for a Hono app: its session, its page, its API, and the request's own view; and a plain admin page. */
export interface ForHono<User, Data extends SessionData> extends HonoHandlers<User, Data> {
  /**
   * The app's own session middleware, on a guarded store: `us.session(sessionMiddleware, { … })` for
   * `sessionMiddleware({ … })`. Takes all that hono-sessions takes, but for its CookieStore, which is no store.
   */
  session<Options extends HonoSessionsOptions>(
    factory: (options: Options) => MiddlewareHandler,
    options: NoInfer<Options>,
  ): SessionHandler<User, Data>
  /** The app's store, guarded, for where no middleware runs: a worker or a script. */
  guard(store: HonoSessionsStore): HonoSessionsStore
}

/**
 * Joins a Hono 4 app on hono-sessions to the system.
 *
 * @throws TypeError when `user` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forHono<User, Data extends SessionData, Stored = HonoStored>(
  sessions: UserSessions<User, Data>,
  options: HonoOptions<Stored>,
): ForHono<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { user, conninfo, ...rest } = options
  const engine = new HonoSessionsEngine<Stored>({ user })
  const binding: Binding<Context, HonoSessionsStore, User, Data> = sessions.bind(engine, rest, HOW_TO)
  const connection = conninfo ? { conninfo } : {}
  return {
    session(factory, sessionOptions) {
      const { store } = checkLayer(factory, sessionOptions)
      engine.setup = sessionOptions
      const run = factory({ ...sessionOptions, store: binding.guard(store) })
      return sessionHandler(binding, engine, connection, run)
    },
    guard: (store) => binding.guard(store),
    ...honoHandlers(binding),
  }
}

function sessionHandler<Stored, User, Data extends SessionData>(
  binding: Binding<Context, HonoSessionsStore, User, Data>,
  engine: HonoSessionsEngine<Stored>,
  connection: HonoConnection,
  run: MiddlewareHandler,
): SessionHandler<User, Data> {
  return async (c: Context, next) => {
    if (binding.isOpen(c)) return next()
    // With an unguarded store, ended sessions would come back.
    if (c.get('session') !== undefined) throw binding.missing()
    let isEnded = false
    await openAndAdmit(binding, connection, c, next, {
      run: async (admit) => {
        await run(c, async () => {
          engine.began(c)
          await admit()
        })
        await engine.finish(c, { isEnded })
      },
      admitted: (state) => {
        isEnded = state === 'ended'
      },
    })
  }
}

function checkLayer(factory: unknown, options: HonoSessionsOptions): { readonly store: HonoSessionsStore } {
  const store: unknown = options?.store
  if (typeof factory !== 'function' || typeof store !== 'object' || store === null) {
    throw new TypeError(
      'us.session takes hono-sessions’ middleware first, and then its options with a store: `us.session(sessionMiddleware, { store, … })`.',
    )
  }
  if (isStore(store)) return { store }
  throw new TypeError(
    `The \`store\` of us.session needs ${METHODS.join(', ')}. A CookieStore keeps sessions with their clients: use forHonoTokens from usersessions/hono-tokens with it.`,
  )
}

function isStore(store: object): store is HonoSessionsStore {
  return METHODS.every((name) => typeof Reflect.get(store, name) === 'function')
}
