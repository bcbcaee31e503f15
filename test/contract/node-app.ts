import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import session from 'express-session'
import { jwtVerify, SignJWT } from 'jose'
import { forNode } from '../../src/bindings/node.js'
import type { NodeHandlers } from '../../src/bindings/node-handlers.js'
import { forNodeTokens } from '../../src/bindings/node-tokens.js'
import type { NodeRequest } from '../../src/bindings/node-types.js'
import type { SessionData } from '../../src/index.js'
import { type ContractSession, type ContractSetup, callbackSession, SECRET, type StartBinding } from './contract-app.js'
import { listening } from './listening.js'

const KEY = new TextEncoder().encode(SECRET)

type Request = IncomingMessage & { body?: unknown }
type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

/** The contract's app on node:http alone, with express-session called by hand. */
export const startNode: StartBinding = async ({ sessions, binding, layer, store, ...setup }) => {
  const us = forNode(sessions, { user: (data) => data.userId, ...binding })
  const options = { secret: SECRET, resave: false, saveUninitialized: false, ...layer }
  const middleware = us.session(session, { ...options, ...(store ? { store } : {}) })
  const held = (request: IncomingMessage) => callbackSession(() => Reflect.get(request, 'session'))
  return serve(us, middleware, setup, (request, _response, handle) => handle(held(request)))
}

/** The same with a JWT in a cookie, as far as a session without a store goes: login and logout. */
export const startNodeTokens: StartBinding = async ({ sessions, binding, layer, store, ...setup }) => {
  const tokens = new WeakMap<NodeRequest, { key: string; user: string }>()
  const responses = new WeakMap<NodeRequest, ServerResponse>()
  const setCookie = (request: NodeRequest, rest: string) =>
    responses.get(request)?.appendHeader('Set-Cookie', `token=${rest}; Path=/; HttpOnly`)
  const clear = (request: NodeRequest) => void setCookie(request, '; Expires=Thu, 01 Jan 1970 00:00:00 GMT')
  const us = forNodeTokens(sessions, { claims: (request) => tokens.get(request), clear, ...binding })
  const admit = us.session()
  const middleware: Middleware = (request, response, next) => {
    responses.set(request, response)
    verified(request).then((token) => {
      if (token) tokens.set(request, token)
      admit(request, response, next)
    }, next)
  }
  return serve(us, middleware, setup, async (request, _response, handle) => {
    const written = new Map<string, unknown>()
    const answer = await handle(tokenSession(written, () => us.of(request).signOut()))
    const user = written.get('userId')
    if (user !== undefined) {
      const { key: sid } = await us.of(request).issue(String(user))
      const jwt = new SignJWT({ sid }).setProtectedHeader({ alg: 'HS256' }).setSubject(String(user))
      setCookie(request, await jwt.sign(KEY))
    }
    return answer
  })
}

type Answer = Awaited<ReturnType<ContractSetup['routes'][number]['handle']>>
type WithSession = (
  request: IncomingMessage,
  response: ServerResponse,
  handle: (session: ContractSession) => Promise<Answer>,
) => Promise<Answer>

function serve(
  us: NodeHandlers<string, SessionData>,
  middleware: Middleware,
  setup: Pick<ContractSetup, 'parsesBodies' | 'routes' | 'allow'>,
  withSession: WithSession,
) {
  const mounts = [
    us.page('/accounts'),
    us.page(/\/t\/[^/]+/),
    us.api('/api/auth'),
    us.admin('/admin', { allow: ({ headers }) => setup.allow(headers['x-admin']?.toString()) }),
  ]
  const answered = async (request: Request, response: ServerResponse) => {
    if (setup.parsesBodies && !(await parsed(request, response))) return
    for (const mount of mounts) if (await mount(request, response)) return
    const [path = ''] = (request.url ?? '').split('?', 1)
    const route = setup.routes.find((one) => one.path === path && one.method === request.method?.toLowerCase())
    if (!route) return send(response, 404, {})
    if (!setup.parsesBodies) await parsed(request, response)
    const { url = '', body } = request
    const gone = async () => void (await once(response, 'close'))
    const answer = await withSession(request, response, (held) =>
      route.handle({ session: held, sessions: us.of(request), url, body, gone }),
    )
    if (answer.location) response.setHeader('Location', answer.location)
    send(response, answer.status ?? 200, answer.json ?? {})
  }
  const server = createServer((request, response) => {
    const failed = (error: unknown) => send(response, 500, { error: String(error) })
    middleware(request, response, (error) => {
      if (error) failed(error)
      else answered(request, response).catch(failed)
    })
  })
  return listening(server.listen(0, '127.0.0.1'))
}

function send(response: ServerResponse, status: number, json: unknown): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(json))
}

/** What a body parser does; false when it has answered. */
async function parsed(request: Request, response: ServerResponse): Promise<boolean> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/(x-www-form-urlencoded|json)/.test(type)) return true
  const body = await text(request)
  try {
    request.body = type.includes('json') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
    return true
  } catch {
    send(response, 400, {})
    return false
  }
}

function tokenSession(written: Map<string, unknown>, signOut: () => Promise<void>): ContractSession {
  return {
    read: (name) => written.get(name),
    write: (name, value) => void written.set(name, value),
    save: async () => {},
    regenerate: async () => {},
    destroy: signOut,
  }
}

async function verified({ headers }: IncomingMessage): Promise<{ key: string; user: string } | undefined> {
  const jwt = /(?:^|; )token=([^;]+)/.exec(headers.cookie ?? '')?.[1]
  if (jwt === undefined) return undefined
  const { payload } = await jwtVerify(jwt, KEY)
  return { key: String(payload.sid), user: String(payload.sub) }
}
