import { createServer, type ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import session, { type SessionOptions, type Store } from 'express-session'
import { type ExpressOptions, type ForExpress, forExpress } from '../../src/bindings/express.js'
import { createUserSessions, type SessionData, type UserSessions, type UserSessionsOptions } from '../../src/index.js'

declare module 'express-session' {
  interface SessionData {
    userId?: string
    count?: number
  }
}

/** 32 characters. */
export const SECRET = 'a secret of at least 32 characters'

/** What an app for a test may be given. */
export interface AppOptions {
  readonly sessions?: Partial<UserSessionsOptions>
  readonly binding?: Partial<ExpressOptions>
  readonly session?: Partial<SessionOptions>
  readonly store?: Store
  /** Of `node:http`. */
  readonly server?: ServerOptions
  /** A unix socket to listen on instead of a port; then the app's `url` is empty. */
  readonly socketPath?: string
  /** Middleware and routes before the session middleware. */
  readonly before?: (app: Express) => void
  /** More routes, after the session middleware. */
  readonly routes?: (app: Express, us: ForExpress<string, SessionData>, sessions: UserSessions) => void
}

/** A real Express app on a loopback port. */
export interface TestApp extends AsyncDisposable {
  readonly url: string
  readonly sessions: UserSessions
  readonly us: ForExpress<string, SessionData>
  readonly store: Store
  close(): Promise<void>
}

export async function startApp(options: AppOptions = {}): Promise<TestApp> {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, ...options.sessions })
  const us = forExpress(sessions, {
    user: (data) => data.userId,
    loginUrl: '/login',
    logoutUrl: '/logout',
    ...options.binding,
  })
  const store = options.store ?? new session.MemoryStore()
  const app = express()
  options.before?.(app)
  app.use(us.session(session, { secret: SECRET, resave: false, saveUninitialized: false, store, ...options.session }))
  app.use(express.urlencoded({ extended: false }))
  app.use('/accounts', us.page())
  app.use('/api/auth', us.api())
  addAccounts(app, us)
  options.routes?.(app, us, sessions)
  const server = createServer(options.server ?? {}, app)
  const address = options.socketPath === undefined ? { port: 0, host: '127.0.0.1' } : { path: options.socketPath }
  await new Promise<void>((resolve) => server.listen(address, resolve))
  const url = options.socketPath === undefined ? `http://127.0.0.1:${addressOf(server.address()).port}` : ''
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await sessions.close()
  }
  return { url, sessions, us, store, close, [Symbol.asyncDispose]: close }
}

function addAccounts(app: Express, us: ForExpress<string, SessionData>): void {
  app.get('/login', (_request, response) => void response.send('please sign in'))
  app.post('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error)
      request.session.userId = String(request.query.user)
      response.redirect(303, '/me')
    })
  })
  app.post('/logout', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.redirect(303, '/login')))
  })
  app.get('/me', (request, response) => {
    const { user, ended } = us.of(request)
    response.status(user === undefined ? 401 : 200).json({ user: user ?? null, reason: ended?.reason ?? null })
  })
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('The test server has no port.')
  return address
}
