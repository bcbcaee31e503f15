import type { Context, Env, MiddlewareHandler, Next } from 'hono'
import { HonoSessionEngine, type HonoSessionEngineOptions, type HonoSessionStorage } from '../engine/hono-session.js'
import type { HonoStored } from '../engine/hono-sessions.js'
import { takeSetCookie } from '../engine/take-set-cookie.js'
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
  name: 'forHonoSession',
  options: ['user', 'conninfo'],
  hint: "how to read the user's id from the session's data, for example `user: (data) => data.userId`.",
}
const HOW_TO =
  '`app.use(us.session(useSession, storage, { … }))` in place of `app.use(useSessionStorage(storage), useSession({ … }))`, and'
/** The library's own, which it does not let be changed. */
const COOKIE = 'sid'

/** Options of {@link forHonoSession}. */
export interface HonoSessionOptions<Stored = HonoStored>
  extends BindingOptions,
    HonoConnection,
    HonoSessionEngineOptions<Stored> {}

/** What @hono/session's `useSession` takes, as far as we need it. */
interface UseSessionOptions {
  readonly duration?: { readonly absolute: number; readonly inactivity?: number }
  readonly deleteCookie?: (c: Context, name: string, options?: object) => unknown
  readonly getCookie?: (c: Context, name: string) => string | undefined
}

/** @hono/session's `useSession`, of whatever data. */
type UseSession = (options?: never) => (c: never, next: Next) => unknown

/** What its middleware sets. */
type EnvOf<Factory extends UseSession> =
  ReturnType<Factory> extends MiddlewareHandler<infer Variables> ? Variables : Env

/** Four things for a Hono app: its session, its page, its API, and the request's own view; and a plain admin page. */
export interface ForHonoSession<User, Data extends SessionData> extends HonoHandlers<User, Data> {
  /**
   * The app's own session middleware, on a guarded storage: `us.session(useSession, storage, { … })` for
   * `useSessionStorage(storage), useSession({ … })`. Takes all that @hono/session takes.
   */
  session<Factory extends UseSession>(
    factory: Factory,
    storage: HonoSessionStorage,
    options?: Parameters<Factory>[0],
  ): SessionHandler<User, Data, EnvOf<Factory>>
}

/**
 * Joins a Hono 4 app on @hono/session, with a storage, to the system.
 *
 * @throws TypeError when `user` is missing, or `sessions` is not what `createUserSessions` resolves to
 * @throws UserSessionsError `option_unknown`
 */
export function forHonoSession<User, Data extends SessionData, Stored = HonoStored>(
  sessions: UserSessions<User, Data>,
  options: HonoSessionOptions<Stored>,
): ForHonoSession<User, Data> {
  checkSetup(sessions, options, SETUP)
  const { user, conninfo, ...rest } = options
  const engine = new HonoSessionEngine<Stored>({ user })
  const binding: Binding<Context, HonoSessionStorage, User, Data> = sessions.bind(engine, rest, HOW_TO)
  const connection = conninfo ? { conninfo } : {}
  return {
    session(factory, storage, sessionOptions) {
      checkLayer(factory, storage)
      binding.guard(storage)
      return sessionHandler(binding, engine, connection, libraryOn(engine, factory, Object(sessionOptions)))
    },
    ...honoHandlers(binding),
  }
}

/** The library as set up by the app, and once more to look with. */
interface Library {
  readonly run: MiddlewareHandler
  readonly probe: MiddlewareHandler
  hasCookie(c: Context): boolean
  clearCookie(c: Context): void
}

function libraryOn<Stored>(engine: HonoSessionEngine<Stored>, factory: UseSession, given: UseSessionOptions): Library {
  const make = (options: object): MiddlewareHandler => Reflect.apply(factory, undefined, [options])
  const { duration } = given
  if (duration) engine.lifetime = (duration.inactivity ?? duration.absolute) * 1000
  const silent = { setCookie: () => {}, deleteCookie: () => undefined, onRefresh: undefined }
  return {
    run: make(given),
    probe: make({ ...given, ...silent }),
    hasCookie: (c) =>
      (given.getCookie ? given.getCookie(c, COOKIE) : /(^|;\s*)sid=/.exec(c.req.header('cookie') ?? '')) != null,
    clearCookie(c) {
      if (given.deleteCookie) given.deleteCookie(c, COOKIE, { httpOnly: true, sameSite: 'lax', path: '/' })
      else c.header('Set-Cookie', `${COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`, { append: true })
    },
  }
}

function sessionHandler<Stored, Variables extends Env, User, Data extends SessionData>(
  binding: Binding<Context, HonoSessionStorage, User, Data>,
  engine: HonoSessionEngine<Stored>,
  connection: HonoConnection,
  library: Library,
): SessionHandler<User, Data, Variables> {
  return async (c: Context, next) => {
    if (binding.isOpen(c)) return next()
    // With an unguarded storage, ended sessions would come back.
    if (c.get('session') !== undefined) throw binding.missing()
    let isEnded = false
    await openAndAdmit(binding, connection, c, next, {
      async run(admit) {
        if (library.hasCookie(c))
          await engine.load(c, (storage, loaded) => withStorage(c, storage, library.probe, loaded))
        await withStorage(c, engine.storage(c), library.run, admit)
        await engine.finish(c)
        // For nobody's session, too, the library sets a fresh cookie, and then nobody could be told of the end.
        if (isEnded && !engine.hasSaved(c)) takeSetCookie(c, COOKIE)
        if (engine.mustForget(c)) library.clearCookie(c)
      },
      async admitted(state) {
        isEnded = state === 'ended'
        if (state === 'live') await engine.begin(c)
      },
    })
  }
}

async function withStorage(c: Context, storage: HonoSessionStorage, run: MiddlewareHandler, next: Next): Promise<void> {
  c.set('sessionStorage', storage)
  await run(c, next)
}

function checkLayer(factory: unknown, storage: unknown): void {
  if (typeof factory !== 'function') {
    throw new TypeError(
      'us.session takes @hono/session itself first, and then the storage: `us.session(useSession, storage, { secret })`.',
    )
  }
  if (typeof storage === 'object' && storage !== null) {
    if (['get', 'set', 'delete'].every((name) => typeof Reflect.get(storage, name) === 'function')) return
  }
  throw new TypeError(
    'us.session needs a storage with get, set and delete. Without one @hono/session keeps sessions with their clients: use forHonoTokens from usersessions/hono-tokens then.',
  )
}
