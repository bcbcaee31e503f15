import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { forWeb, type WebHandler, type WebInfo } from '../../src/bindings/web.js'
import type { ContractAnswer, StartBinding } from './contract-app.js'
import { listening } from './listening.js'
import { signIns, tokenOf, verified } from './token-app.js'

/** The contract's app as nothing but a handler of `Request` and `Response`, with a JWT in a cookie. */
export const startWeb: StartBinding = async ({ sessions, binding, ...setup }) => {
  const us = forWeb(sessions, {
    claims: (request) => verified(request.headers.get('cookie')),
    clear: () => 'token=; Path=/; Max-Age=0',
    ...binding,
  })
  const [page, api] = [us.page(), us.api()]
  const admin = us.admin({ allow: ({ headers }) => setup.allow(headers.get('x-admin') ?? undefined) })

  async function routed(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    const route = setup.routes.find(({ method, path }) => path === pathname && method === request.method.toLowerCase())
    if (!route) return mounted(pathname)(request)
    const mine = us.of(request)
    const { session, user } = signIns(() => mine.signOut())
    const isJson = request.headers.get('content-type')?.startsWith('application/json')
    const answer = await route.handle({
      session,
      sessions: mine,
      url: pathname + search,
      body: isJson ? await request.json() : undefined,
      gone: () => new Promise((resolve) => request.signal.addEventListener('abort', () => resolve())),
    })
    const response = answered(answer)
    if (user() !== undefined) {
      const { key } = await mine.issue(String(user()))
      response.headers.append(
        'set-cookie',
        `token=${await tokenOf(key, String(user()))}; Path=/; HttpOnly; SameSite=Lax`,
      )
    }
    return response
  }
  const mounted = (pathname: string): WebHandler => {
    if (/^\/(accounts|t\/\w+)\//.test(pathname)) return page
    if (pathname.startsWith('/api/auth/')) return api
    return pathname.startsWith('/admin/') ? admin : async () => new Response(null, { status: 404 })
  }

  async function handle(request: Request, info: WebInfo): Promise<Response> {
    if (setup.parsesBodies) await request.clone().text()
    return us.session(request, () => routed(request), info)
  }
  const listener = getRequestListener((request, env) =>
    handle(request, { ip: Object(env).incoming.socket.remoteAddress }),
  )
  return listening(createServer(listener).listen(0, '127.0.0.1'))
}

function answered({ status = 200, location, json = {} }: ContractAnswer): Response {
  return Response.json(json, { status, headers: location ? { location } : {} })
}
