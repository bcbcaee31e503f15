import type { Store } from 'express-session'
import type {
  BindingOptions,
  RequestSessions,
  SessionData,
  UserSessions,
  UserSessionsOptions,
} from '../../src/index.js'
import { createUserSessions } from '../../src/index.js'
import { Barrier } from '../spec/slow-app.js'

/** 32 characters. */
export const SECRET = 'a secret of at least 32 characters'

/** A session library's session, as the contract's handlers use it. */
export interface ContractSession {
  read(name: 'userId' | 'count'): unknown
  write(name: 'userId' | 'count', value: unknown): void | Promise<void>
  save(): Promise<void>
  /** A new key; with `keep` all data is carried over to it. */
  regenerate(keep?: boolean): Promise<void>
  destroy(): Promise<void>
}

/** A request, whatever the framework. */
export interface ContractRequest {
  readonly session: ContractSession
  readonly sessions: RequestSessions<string, SessionData>
  /** The path and the query. */
  readonly url: string
  /** A JSON body, parsed. */
  readonly body: unknown
  /** Resolves when the client has gone, or has its answer. */
  gone(): Promise<void>
}

export interface ContractAnswer {
  readonly status?: number
  readonly location?: string
  readonly json?: unknown
}

export interface ContractRoute {
  readonly method: 'get' | 'post'
  readonly path: string
  handle(request: ContractRequest): Promise<ContractAnswer>
}

/** What a framework's app is made of. */
export interface ContractSetup {
  readonly sessions: UserSessions
  /** Beside `user`, which is `data.userId`. */
  readonly binding: BindingOptions
  /** Of the session library; `saveUninitialized` is off. `resave` is express-session's alone. */
  readonly layer: { readonly rolling?: boolean; readonly resave?: boolean }
  /** Default is the library's own in memory. */
  readonly store: Store | undefined
  /** Whether the app parses forms and JSON before the page and the API are reached. */
  readonly parsesBodies: boolean
  /** To be added after the mounts: the page at `/accounts` and `/t/:tenant`, the API at `/api/auth`, the admin page at `/admin`. */
  readonly routes: readonly ContractRoute[]
  /** Who may see the admin page: those who send a header `x-admin`, under that name. */
  readonly allow: (admin: string | undefined) => string | undefined
}

/** Starts a framework's app on a loopback port. */
export type StartBinding = (setup: ContractSetup) => Promise<{ readonly url: string; close(): Promise<void> }>

export interface ContractOptions {
  readonly sessions?: Partial<UserSessionsOptions>
  readonly layer?: ContractSetup['layer']
  readonly store?: Store
  readonly parsesBodies?: boolean
}

/** A running app of the contract. */
export interface ContractApp extends AsyncDisposable {
  readonly url: string
  readonly sessions: UserSessions
  /** Where the handlers of `/slow/…` stop. */
  readonly barrier: Barrier
}

export async function startContractApp(start: StartBinding, options: ContractOptions = {}): Promise<ContractApp> {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, ...options.sessions })
  const barrier = new Barrier()
  const app = await start({
    sessions,
    binding: { loginUrl: '/login' },
    layer: options.layer ?? {},
    store: options.store,
    parsesBodies: options.parsesBodies ?? false,
    routes: [...accountRoutes(), ...sessionRoutes(), ...slowRoutes(barrier)],
    allow: (admin) => admin,
  })
  const dispose = async () => {
    await app.close()
    await sessions.close()
  }
  return { url: app.url, sessions, barrier, [Symbol.asyncDispose]: dispose }
}

/** The session of a library with callbacks, which puts another in its place when it regenerates. */
export function callbackSession(session: () => object): ContractSession {
  const call = (method: string) =>
    new Promise<void>((resolve, reject) => {
      const held = session()
      Reflect.apply(Reflect.get(held, method), held, [(error: unknown) => (error ? reject(error) : resolve())])
    })
  return {
    read: (name) => Reflect.get(session(), name),
    write: (name, value) => void Reflect.set(session(), name, value),
    save: () => call('save'),
    async regenerate(keep = false) {
      const { cookie: _cookie, ...data } = Object.fromEntries(Object.entries(session()))
      await call('regenerate')
      if (keep) Object.assign(session(), data)
    },
    destroy: () => call('destroy'),
  }
}

type Handle = ContractRoute['handle']
const get = (path: string, handle: Handle): ContractRoute => ({ method: 'get', path, handle })
const post = (path: string, handle: Handle): ContractRoute => ({ method: 'post', path, handle })
const named = (url: string) => new URL(url, 'http://localhost').searchParams.get('user') ?? undefined

function accountRoutes(): ContractRoute[] {
  return [
    post('/login', async ({ session, url }) => {
      await session.regenerate()
      session.write('userId', named(url))
      return { status: 303, location: '/me' }
    }),
    post('/recorded-login', async ({ session, sessions, url }) => {
      await session.regenerate()
      await session.write('userId', named(url))
      const { id } = await sessions.recordSignIn(named(url) ?? '', { data: { method: 'password' } })
      return { json: { id } }
    }),
    post('/logout', async ({ session }) => {
      await session.destroy()
      return { status: 303, location: '/login' }
    }),
    post('/become', async ({ session, url }) => {
      session.write('userId', named(url))
      return {}
    }),
    get('/me', async ({ sessions: { user, current, ended } }) => ({
      status: user === undefined ? 401 : 200,
      json: { user: user ?? null, id: current?.id ?? null, reason: ended?.reason ?? null },
    })),
    get('/told', async ({ sessions }) => ({ json: { told: (await sessions.tellEnded()) ?? null } })),
    get('/mine', async ({ sessions }) => ({ json: await sessions.list() })),
    post('/accounts/echo', async ({ body }) => ({ json: body })),
  ]
}

function count(session: ContractSession): void {
  session.write('count', Number(session.read('count') ?? 0) + 1)
}

/** What a request may do with its session: {@link HANDLERS}. */
function sessionRoutes(): ContractRoute[] {
  const does = (name: (typeof HANDLERS)[number], handle: (session: ContractSession) => Promise<void>) =>
    get(`/${name}`, async ({ session }) => {
      await handle(session)
      return { json: name }
    })
  return [
    does('read', async () => {}),
    does('write', async (session) => count(session)),
    does('save', async (session) => {
      count(session)
      await session.save()
    }),
    does('save-twice', async (session) => {
      count(session)
      await session.save()
      count(session)
    }),
    does('regenerate-user', async (session) => {
      const userId = session.read('userId')
      await session.regenerate()
      if (userId !== undefined) session.write('userId', userId)
    }),
    does('regenerate-all', (session) => session.regenerate(true)),
    does('destroy', (session) => session.destroy()),
    does('clear', async (session) => session.write('userId', undefined)),
  ]
}

export const HANDLERS = [
  'read',
  'write',
  'save',
  'save-twice',
  'regenerate-user',
  'regenerate-all',
  'destroy',
  'clear',
] as const

function slowRoutes(barrier: Barrier): ContractRoute[] {
  return [
    ...sessionRoutes().map(
      (route): ContractRoute => ({
        ...route,
        path: `/slow${route.path}`,
        async handle(request) {
          await barrier.stop()
          return route.handle(request)
        },
      }),
    ),
    /** Goes on once its client has gone. */
    ...sessionRoutes().map(
      (route): ContractRoute => ({
        ...route,
        path: `/lost${route.path}`,
        async handle(request) {
          const gone = request.gone()
          void barrier.stop()
          await gone
          return route.handle(request)
        },
      }),
    ),
    post('/slow/regenerate-with-body', async ({ session, body }) => {
      await barrier.stop()
      await session.regenerate(true)
      return { json: body }
    }),
  ]
}
