import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { getIronSession } from 'iron-session'
import { forNext, type NextHeaders } from '../../src/bindings/next.js'
import { UserSessionsError } from '../../src/index.js'
import { SECRET, type StartBinding } from './contract-app.js'
import type { Sealed } from './iron-app.js'
import { listening } from './listening.js'
import type { Gap } from './sealed-interleavings.js'

/** What Next gives to whatever runs in a request. */
interface Scope {
  readonly headers: NextHeaders
  readonly cookies: Map<string, string>
  readonly response: ServerResponse
}

const scopes = new AsyncLocalStorage<Scope>()

function scope(): Scope {
  const held = scopes.getStore()
  if (!held) throw new Error('outside a request scope')
  return held
}

const OPTIONS = { password: SECRET, cookieName: 'sealed', cookieOptions: { secure: false } }

/** `cookies()` of Next, as far as iron-session needs it. */
const cookies = () => {
  const { cookies: kept, response } = scope()
  const set = (name: unknown, value?: string, options?: { readonly maxAge?: number | undefined }) => {
    const age = options?.maxAge === 0 ? '; Max-Age=0' : ''
    response.appendHeader('Set-Cookie', `${String(name)}=${encodeURIComponent(value ?? '')}; Path=/${age}`)
  }
  const get = (name: string) => (kept.has(name) ? { name, value: kept.get(name) ?? '' } : undefined)
  return { get, set }
}

/** The contract’s handlers as an action or a route handler of Next would do them; Next itself is in examples/next. */
export function nextScopes(gap: Gap): StartBinding {
  return async ({ sessions, binding, routes }) => {
    const us = forNext(sessions, {
      headers: async () => scope().headers,
      async session() {
        await gap('open')
        const session = await getIronSession<Sealed>(cookies(), OPTIONS)
        await gap('opened')
        return session
      },
      user: ({ userId }) => (typeof userId === 'string' ? userId : undefined),
      after: (task) => void once(scope().response, 'close').then(task),
      ...binding,
    })
    const serve = async (request: IncomingMessage, response: ServerResponse) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const route = routes.find(({ method, path }) => path === url.pathname && method === request.method?.toLowerCase())
      if (!route) return void response.writeHead(404).end()
      const mine = await us.of()
      const session = await us.session()
      let signsIn: unknown
      let isDirty = false
      const save = async () => {
        isDirty = false
        await gap('save')
        await session.save()
        await gap('saved')
      }
      const answer = await route.handle({
        session: {
          read: (name) => session[name],
          write(name, value) {
            if (value === undefined) delete session[name]
            else session[name] = value
            if (name === 'userId') signsIn = value
            isDirty = true
          },
          save,
          regenerate: async () => {},
          destroy: async () => session.destroy(),
        },
        sessions: mine,
        url: request.url ?? '/',
        body: await text(request),
        gone: async () => void (await once(response, 'close')),
      })
      if (typeof signsIn === 'string' && !(await mine.issue(signsIn).catch(unlessRefused))) {
        return void response.writeHead(403).end()
      }
      if (isDirty) await save()
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer.json ?? {}))
    }
    const server = createServer((request, response) => {
      const { headers, cookies: kept } = read(request)
      scopes.run({ headers, cookies: kept, response }, () => {
        serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
      })
    })
    return listening(server.listen(0, '127.0.0.1'))
  }
}

function read(request: IncomingMessage) {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value))
  const pairs = (headers.get('cookie') ?? '').split('; ').map((pair) => pair.split('='))
  return { headers, cookies: new Map(pairs.map(([name = '', value = '']) => [name, decodeURIComponent(value)])) }
}

function unlessRefused(error: unknown): undefined {
  if (!(error instanceof UserSessionsError && error.code === 'session_refused')) throw error
}
