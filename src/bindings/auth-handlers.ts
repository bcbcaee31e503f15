import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { AuthVisit } from '../engine/auth-engine.js'
import {
  type ApiOptions,
  type Binding,
  isWebPath,
  type MountedCall,
  type PageOptions,
  type RequestSessions,
  type RequestSource,
  type SessionData,
} from '../index.js'
import { checkAdmin } from './check-admin.js'
import { patientBody } from './patient-body.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    auth: AuthVisit
  }
}

/** A request in any form: a web one, its headers, or Node's. */
export type AuthRequest = Request | Headers | IncomingMessage

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (request: Request) => boolean | string | undefined | Promise<boolean | string | undefined>

/** A handler as Fetch has them. */
export type WebHandler = (request: Request) => Promise<Response>

/** What an app gets whose sessions are an authentication library's. */
export interface AuthHandlers<User, Data extends SessionData> {
  /** The sessions page, for `/accounts/sessions/` or wherever `/sessions/` is the end of the path. */
  page(options?: PageOptions): WebHandler
  /** The JSON API, for `/api/auth/sessions` or wherever `/sessions` is the end of the path. */
  api(options?: ApiOptions): WebHandler
  /** The admin page, for `/admin/sessions/`. Others are answered 403. */
  admin(options: { readonly allow: Allow }): WebHandler
  /** The sessions of the request's own user. Looks the session up: ask once for each request. */
  of(request: AuthRequest): Promise<RequestSessions<User, Data>>
}

/** How a library's binding sees one request. */
export interface AuthVisits {
  /** Looks up the session of a request's cookie, within its open context. */
  find(visit: AuthVisit, headers: Headers): Promise<void>
  source(headers: Headers): RequestSource
}

/** The page, the API, the admin page and the request's own view, of any binding of an authentication library. */
export function authHandlers<Store, User, Data extends SessionData>(
  binding: Binding<AuthVisit, Store, User, Data>,
  visits: AuthVisits,
): AuthHandlers<User, Data> {
  async function visit(request: AuthRequest): Promise<AuthVisit> {
    const headers = headersOf(request)
    const made = visitOf(headers)
    try {
      await binding.open(made, visits.source(headers), async () => {
        await visits.find(made, headers)
        await binding.admit(made)
      })
    } finally {
      // Nobody tells when a response is done that others send.
      binding.close(made)
    }
    return made
  }

  const mounted = (handle: (visit: AuthVisit, call: MountedCall) => Promise<Response | undefined>): WebHandler => {
    return async (request) => {
      const call = mountedCall(request)
      if (!isWebPath(call.path)) return new Response('Not Found', { status: 404 })
      const made = await visit(request)
      const answer = (await handle(made, call)) ?? new Response('Not Found', { status: 404 })
      for (const [name, value] of Object.entries(binding.headers)) answer.headers.set(name, value)
      for (const cookie of made.cookies) answer.headers.append('set-cookie', cookie)
      return answer
    }
  }

  return {
    page: (options) => mounted(binding.page(options)),
    api: (options) => mounted(binding.api(options)),
    admin(options) {
      const allow = checkAdmin(options)
      const admin = binding.admin()
      return mounted(async (made, call) => {
        const allowed = await allow(call.request)
        if (!allowed) return new Response('Forbidden', { status: 403, headers: { 'cache-control': 'no-store' } })
        return admin(typeof allowed === 'string' ? allowed : String(binding.of(made).user ?? 'unknown'), call)
      })
    },
    of: async (request) => binding.of(await visit(request)),
  }
}

/** A visit by these headers, with no session yet. */
export function visitOf(headers: Headers): AuthVisit {
  return { headers: Object.fromEntries(headers), session: undefined, cookies: [] }
}

/** @throws TypeError for what is no request */
export function headersOf(request: AuthRequest): Headers {
  const given: unknown = request
  if (typeof given === 'object' && given !== null) {
    const headers: unknown = 'headers' in given ? given.headers : given
    // A framework's may be web-standard without being of this realm.
    if (isWebHeaders(headers)) return new Headers([...headers])
    if (typeof headers === 'object' && headers !== null && 'headers' in given) return fromNode({ ...headers })
  }
  throw new TypeError('us.of takes the request: a web Request, its Headers, or the request of Node or Express.')
}

function isWebHeaders(headers: unknown): headers is Headers {
  return typeof headers === 'object' && headers !== null && 'getSetCookie' in headers && Symbol.iterator in headers
}

/** Not from the raw ones: an app may have added the address of the socket, for the library to read. */
function fromNode(from: IncomingHttpHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(from)) {
    // HTTP/2 pseudo-headers are no headers.
    if (value !== undefined && !name.startsWith(':')) headers.set(name, String(value))
  }
  return headers
}

function mountedCall(request: Request): MountedCall {
  const { pathname } = new URL(request.url)
  const cut = pathname.lastIndexOf('/', pathname.length - 2)
  return { request: patientBody(request), base: pathname.slice(0, cut), path: pathname.slice(cut) }
}
