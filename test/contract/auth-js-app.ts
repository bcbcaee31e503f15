import { once } from 'node:events'
import { toNodeHandler } from 'better-auth/node'
import express from 'express'
import { withUserSessions } from '../../src/bindings/auth-js.js'
import { toHeaders } from '../../src/bindings/to-headers.js'
import { type Adapter, Auth, type AuthConfig, skipCSRFCheck } from './auth-core.js'
import { authJsAdapter } from './auth-js-adapter.js'
import { type ContractSession, SECRET, type StartBinding } from './contract-app.js'
import { listening } from './listening.js'

const SENDER = 'auth@example.com'

interface Link {
  readonly identifier: string
  readonly url: string
}

/** Auth.js with links sent by mail; `links` holds the last one to each address. */
export function authConfig(adapter: Adapter, links: Map<string, string>): AuthConfig {
  const email = {
    id: 'email',
    type: 'email',
    name: 'Email',
    from: SENDER,
    maxAge: 600,
    sendVerificationRequest: async ({ identifier, url }: Link) => void links.set(identifier, url),
  }
  return {
    adapter,
    providers: [email],
    session: { updateAge: 0 },
    secret: SECRET,
    trustHost: true,
    basePath: '/auth',
    skipCSRFCheck,
    logger: { error: () => {}, warn: () => {} },
  }
}

/** The contract's app on Express 5 and Auth.js, as far as a session without data goes: login and logout. */
export function authJsApp(adapter: () => Adapter = () => authJsAdapter()): StartBinding {
  return async ({ sessions, binding, ...setup }) => {
    const us = withUserSessions(sessions, binding)
    const links = new Map<string, string>()
    const config = us.config(authConfig(adapter(), links))
    const auth = us.handler((request) => Auth(request, config))
    const app = express()
    if (setup.parsesBodies) app.use(express.urlencoded({ extended: false }), express.json())
    app.all(['/accounts/sessions', '/t/:tenant/sessions'], toNodeHandler(us.page()))
    app.all('/api/auth/sessions', toNodeHandler(us.api()))
    const allow = (request: Request) => setup.allow(request.headers.get('x-admin') ?? undefined)
    app.all('/admin/sessions', toNodeHandler(us.admin({ allow })))
    app.all(
      '/auth/*splat',
      toNodeHandler(async (request) => expiring(await auth(request))),
    )
    for (const { method, path, handle } of setup.routes) {
      app[method](path, express.json(), async (request, response) => {
        const headers = toHeaders(request)
        const answered = (given: Response) => {
          const cookies = expiring(given).headers.getSetCookie()
          for (const cookie of cookies) if (cookie.includes('session-token')) response.append('set-cookie', cookie)
        }
        const { session, user } = signIns(async () => answered(await auth(post('/auth/signout', {}, headers))))
        const { url, body } = request
        const gone = async () => void (await once(response, 'close'))
        const answer = await handle({ session, sessions: await us.of(request), url, body, gone })
        if (user() !== undefined) answered(await signInByMail(auth, links, String(user()), headers))
        if (answer.location) response.location(answer.location)
        response.status(answer.status ?? 200).json(answer.json ?? {})
      })
    }
    return listening(app.listen(0, '127.0.0.1'))
  }
}

/** A form, answered in JSON. */
export function post(path: string, fields: Record<string, string>, from: Headers): Request {
  const headers = new Headers({ 'x-auth-return-redirect': '1' })
  for (const name of ['cookie', 'user-agent', 'x-forwarded-for']) {
    const value = from.get(name)
    if (value !== null) headers.set(name, value)
  }
  return new Request(`http://localhost${path}`, { method: 'POST', headers, body: new URLSearchParams(fields) })
}

/** Asks for a link by mail, and follows it. */
export async function signInByMail(
  auth: (request: Request) => Promise<Response>,
  links: Map<string, string>,
  name: string,
  headers: Headers,
): Promise<Response> {
  const email = `${name}@example.com`
  await auth(post('/auth/signin/email', { email }, headers))
  const own = post('/', {}, headers).headers
  return auth(new Request(links.get(email) ?? '', { headers: own }))
}

/** The tests' browser knows no `Max-Age`. */
function expiring(response: Response): Response {
  const headers = new Headers(response.headers)
  headers.delete('set-cookie')
  for (const cookie of response.headers.getSetCookie()) {
    headers.append('set-cookie', cookie.replace(/Max-Age=0\b/, `$&; Expires=${new Date(0).toUTCString()}`))
  }
  return new Response(response.body, { status: response.status, headers })
}

/** Whom a handler has signed in. */
function signIns(signOut: () => Promise<void>): { session: ContractSession; user: () => unknown } {
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
