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
import { adminHandler } from './admin-handler.js'
import { type AuthRequest, headersOf, inContext, visitOf } from './auth-visits.js'
import { patientBody } from './patient-body.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    auth: AuthVisit
  }
}

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
  const visit = (request: AuthRequest) => made(binding, visits, request)

  const mounted = (handle: (visit: AuthVisit, call: MountedCall) => Promise<Response | undefined>): WebHandler => {
    return async (request) => {
      const call = mountedCall(request)
      if (!isWebPath(call.path)) return new Response('Not Found', { status: 404 })
      const by = await visit(request)
      const answer = (await handle(by, call)) ?? new Response('Not Found', { status: 404 })
      for (const [name, value] of Object.entries(binding.headers)) answer.headers.set(name, value)
      for (const cookie of by.cookies) answer.headers.append('set-cookie', cookie)
      return answer
    }
  }

  return {
    page: (options) => mounted(binding.page(options)),
    api: (options) => mounted(binding.api(options)),
    admin(options) {
      const admin = adminHandler(binding, options)
      return mounted((made, call) => admin(made, call, call.request))
    },
    of: async (request) => binding.of(await visit(request)),
  }
}

async function made<Store, User, Data extends SessionData>(
  binding: Binding<AuthVisit, Store, User, Data>,
  visits: AuthVisits,
  request: AuthRequest,
): Promise<AuthVisit> {
  const headers = headersOf(request)
  const visit = visitOf(headers)
  await inContext(binding, visit, visits.source(headers), async () => {
    await visits.find(visit, headers)
    await binding.admit(visit)
  })
  return visit
}

function mountedCall(request: Request): MountedCall {
  const { pathname } = new URL(request.url)
  const cut = pathname.lastIndexOf('/', pathname.length - 2)
  return { request: patientBody(request), base: pathname.slice(0, cut), path: pathname.slice(cut) }
}
