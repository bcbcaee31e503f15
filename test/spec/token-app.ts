import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request } from 'express'
import { jwtVerify, SignJWT } from 'jose'
import { type ForExpressTokens, forExpressTokens } from '../../src/bindings/express-tokens.js'
import { createUserSessions, type SessionData, type UserSessions, type UserSessionsOptions } from '../../src/index.js'
import { SECRET } from './app.js'

const KEY = new TextEncoder().encode(SECRET)

interface Token {
  readonly key: string
  readonly user: string
}

/** An Express app whose clients carry a JWT: in a cookie, or in a bearer header. */
export interface TokenApp extends AsyncDisposable {
  readonly url: string
  readonly sessions: UserSessions
  readonly us: ForExpressTokens<string, SessionData>
}

export async function startTokenApp(
  options: Partial<UserSessionsOptions> = {},
  ttl: number = 5 * 60_000,
): Promise<TokenApp> {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, ...options })
  const tokens = new WeakMap<Request, Token>()
  const us = forExpressTokens(sessions, {
    claims: (request) => tokens.get(request),
    clear: (request) => request.res?.clearCookie('token'),
    loginUrl: '/login',
  })
  const now = options.clock ?? Date.now
  const sign = (user: string, key: string) =>
    new SignJWT({ sid: key })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(user)
      .setExpirationTime((now() + ttl) / 1000)
      .sign(KEY)

  const app = express()
  app.use(async (request, _response, next) => {
    const token = await verified(request, new Date(now()))
    if (token) tokens.set(request, token)
    next()
  })
  app.use(us.session())
  app.get('/login', async (request, response) => {
    response.json({ reason: (await us.of(request).tellEnded())?.reason ?? null })
  })
  app.post('/login', async (request, response) => {
    const user = String(request.query.user)
    const { key } = await us.of(request).issue(user, { data: { method: 'password' } })
    const token = await sign(user, key)
    response.cookie('token', token, { httpOnly: true, sameSite: 'lax' }).json({ token })
  })
  app.post('/refresh', async (request, response) => {
    const token = tokens.get(request)
    if (!token) return void response.sendStatus(401)
    await us.of(request).renew({ lifetime: 24 * 3600_000 })
    response.json({ token: await sign(token.user, token.key) })
  })
  app.post('/logout', async (request, response) => {
    await us.of(request).signOut()
    response.json({})
  })
  app.get('/me', (request, response) => {
    const { user } = us.of(request)
    response.status(user === undefined ? 401 : 200).json({ user: user ?? null })
  })
  app.use('/accounts', us.page())
  app.use('/api/auth', us.api())
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}`,
    sessions,
    us,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await sessions.close()
    },
  }
}

async function verified({ headers }: Request, currentDate: Date): Promise<Token | undefined> {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  const jwt = bearer ?? /(?:^|; )token=([^;]+)/.exec(headers.cookie ?? '')?.[1]
  if (jwt === undefined) return undefined
  try {
    const { payload } = await jwtVerify(jwt, KEY, { currentDate })
    return { key: String(payload.sid), user: String(payload.sub) }
  } catch {
    return undefined
  }
}
