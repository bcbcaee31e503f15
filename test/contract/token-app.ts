import { once } from 'node:events'
import express, { type Request } from 'express'
import { jwtVerify, SignJWT } from 'jose'
import { forExpressTokens } from '../../src/bindings/express-tokens.js'
import { type ContractSession, SECRET, type StartBinding } from './contract-app.js'
import { listening } from './listening.js'

const KEY = new TextEncoder().encode(SECRET)

interface Token {
  readonly key: string
  readonly user: string
}

/** The contract's app on Express 5 with a JWT in a cookie, as far as a session without a store goes: login and logout. */
export const startTokens: StartBinding = async ({ sessions, binding, ...setup }) => {
  const tokens = new WeakMap<Request, Token>()
  const clear = (request: Request) => void request.res?.clearCookie('token')
  const us = forExpressTokens(sessions, { claims: (request) => tokens.get(request), clear, ...binding })
  const app = express()
  app.use(async (request, _response, next) => {
    const token = await verified(request.headers.cookie)
    if (token) tokens.set(request, token)
    next()
  })
  app.use(us.session())
  if (setup.parsesBodies) app.use(express.urlencoded({ extended: false }), express.json())
  app.use(['/accounts', '/t/:tenant'], us.page())
  app.use('/api/auth', us.api())
  app.use('/admin', us.admin({ allow: (request) => setup.allow(request.get('x-admin')) }))
  for (const { method, path, handle } of setup.routes) {
    app[method](path, express.json(), async (request, response) => {
      const { url, body } = request
      const mine = us.of(request)
      const { session, user } = signIns(() => mine.signOut())
      const answer = await handle({
        session,
        sessions: mine,
        url,
        body,
        gone: async () => void (await once(response, 'close')),
      })
      if (user() !== undefined) {
        const { key } = await mine.issue(String(user()))
        response.cookie('token', await tokenOf(key, String(user())), { httpOnly: true, sameSite: 'lax' })
      }
      if (answer.location) response.location(answer.location)
      response.status(answer.status ?? 200).json(answer.json ?? {})
    })
  }
  return listening(app.listen(0, '127.0.0.1'))
}

/** A JWT with the key that `issue` has given. */
export function tokenOf(key: string, user: string): Promise<string> {
  return new SignJWT({ sid: key }).setProtectedHeader({ alg: 'HS256' }).setSubject(user).sign(KEY)
}

/** Whom a handler has signed in. */
export function signIns(signOut: () => Promise<void>): { session: ContractSession; user: () => unknown } {
  const written = new Map<string, unknown>()
  const session: ContractSession = {
    read: (name) => written.get(name),
    write: (name, value) => void written.set(name, value),
    save: async () => {},
    regenerate: async () => {},
    destroy: signOut,
  }
  return { session, user: () => written.get('userId') }
}

/** What the token in a `Cookie` header says. */
export async function verified(cookies: string | null | undefined): Promise<Token | undefined> {
  const jwt = /(?:^|; )token=([^;]+)/.exec(cookies ?? '')?.[1]
  if (jwt === undefined) return undefined
  const { payload } = await jwtVerify(jwt, KEY)
  return { key: String(payload.sid), user: String(payload.sub) }
}
