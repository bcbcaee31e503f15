import type { IncomingMessage } from 'node:http'
import type { Request as ExpressRequest, RequestHandler } from 'express'
import {
  type ApiOptions,
  type Binding,
  isWebPath,
  type MountedCall,
  type PageOptions,
  type RequestSessions,
  type SessionData,
} from '../index.js'
import { adminHandler } from './admin-handler.js'
import { isExpressRequest } from './is-express-request.js'
import { sendWebResponse } from './send-web-response.js'
import { toWebRequest } from './to-web-request.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    express: ExpressRequest
  }
}

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (request: ExpressRequest) => boolean | string | undefined | Promise<boolean | string | undefined>

/** What an Express app gets whatever its sessions are. */
export interface ExpressHandlers<User, Data extends SessionData> {
  /** The sessions page; mounted at `/accounts` it is `/accounts/sessions/`. */
  page(options?: PageOptions): RequestHandler
  /** The JSON API; mounted at `/api/auth` it is `/api/auth/sessions`. */
  api(options?: ApiOptions): RequestHandler
  /** The admin page; mounted at `/admin` it is `/admin/sessions/`. Others are answered 403. */
  admin(options: { readonly allow: Allow }): RequestHandler
  /**
   * The sessions of the request's own user; a socket's `request` will do, too.
   *
   * @throws UserSessionsError `session_middleware_missing` when `us.session` has not run for this request
   */
  of(request: ExpressRequest | IncomingMessage): RequestSessions<User, Data>
}

/** The page, the API, the admin page and the request's own view, of any binding on Express. */
export function expressHandlers<Store, User, Data extends SessionData>(
  binding: Binding<ExpressRequest, Store, User, Data>,
): ExpressHandlers<User, Data> {
  return {
    page(pageOptions) {
      const page = binding.page(pageOptions)
      return mounted((request, call) => page(request, call))
    },
    api(apiOptions) {
      const api = binding.api(apiOptions)
      return mounted((request, call) => api(request, call))
    },
    admin(adminOptions) {
      const admin = adminHandler(binding, adminOptions)
      return mounted((request, call) => admin(request, call, request))
    },
    of(request) {
      if (!isExpressRequest(request)) throw binding.missing()
      return binding.of(request)
    },
  }
}

/** A web-standard handler below an Express mount; paths that are not its own go on. */
function mounted(
  handle: (request: ExpressRequest, call: MountedCall) => Promise<Response | undefined>,
): RequestHandler {
  return (request, response, next) => {
    if (!isWebPath(request.path)) return next()
    const web = toWebRequest(request, request.originalUrl)
    if (!web) return void response.sendStatus(400)
    handle(request, { request: web, base: request.baseUrl, path: request.path })
      .then((answer) => (answer ? sendWebResponse(answer, response) : next()))
      .catch(next)
  }
}
