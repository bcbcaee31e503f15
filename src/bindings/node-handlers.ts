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
import type { Next, NodeRequest, NodeResponse } from './node-types.js'
import { originalUrl } from './original-url.js'
import { sendWebResponse } from './send-web-response.js'
import { toWebRequest } from './to-web-request.js'

declare module '../events/events.js' {
  interface FrameworkRequests {
    node: NodeRequest
  }
}

/** Who may see the admin page: true, or a name to be kept as the one who ended a session. */
export type Allow = (request: NodeRequest) => boolean | string | undefined | Promise<boolean | string | undefined>

/** Resolves to whether it has answered. Handed a `next`, as connect and polka do, it calls that where it has not. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse, next?: Next) => Promise<boolean>

/** What an app on node:http gets whatever its sessions are. */
export interface NodeHandlers<User, Data extends SessionData> {
  /** The sessions page; with the base `/accounts` it is `/accounts/sessions/`. A pattern must match the whole base. */
  page(base: string | RegExp, options?: PageOptions): NodeHandler
  /** The JSON API; with the base `/api/auth` it is `/api/auth/sessions`. */
  api(base: string | RegExp, options?: ApiOptions): NodeHandler
  /** The admin page; with the base `/admin` it is `/admin/sessions/`. Others are answered 403. */
  admin(base: string | RegExp, options: { readonly allow: Allow }): NodeHandler
  /**
   * The sessions of the request's own user.
   *
   * @throws UserSessionsError `session_middleware_missing` when `us.session` has not run for this request
   */
  of(request: NodeRequest): RequestSessions<User, Data>
}

/**
 * The page, the API, the admin page and the request's own view, of any binding on node:http.
 *
 * @param isSeen whether it may be a request of the binding's kind
 */
export function nodeHandlers<Request extends NodeRequest, Store, User, Data extends SessionData>(
  binding: Binding<Request, Store, User, Data>,
  isSeen: (request: NodeRequest) => request is Request,
): NodeHandlers<User, Data> {
  type Handle = (request: Request, call: MountedCall) => Promise<Response | undefined>
  const mounted = (base: string | RegExp, handle: Handle) =>
    mountedNode(base, async (request, call) => {
      if (!isSeen(request)) throw binding.missing()
      return handle(request, call)
    })
  return {
    page: (base, options) => mounted(base, binding.page(options)),
    api: (base, options) => mounted(base, binding.api(options)),
    admin(base, options) {
      const admin = adminHandler(binding, options)
      return mounted(base, (request, call) => admin(request, call, request))
    },
    of(request) {
      if (!isSeen(request)) throw binding.missing()
      return binding.of(request)
    },
  }
}

function mountedNode(
  base: string | RegExp,
  handle: (request: NodeRequest, call: MountedCall) => Promise<Response | undefined>,
): NodeHandler {
  const isBase = baseTest(base)
  const answers: NodeHandler = async (request, response) => {
    const url = originalUrl(request)
    const [whole = ''] = url.split('?', 1)
    const cut = whole.lastIndexOf('/', whole.length - 2)
    const at = { base: whole.slice(0, cut), path: whole.slice(cut) }
    if (!isWebPath(at.path) || !isBase(at.base)) return false
    const web = toWebRequest(request, url)
    const answer = web ? await handle(request, { request: web, ...at }) : new Response(null, { status: 400 })
    if (answer) await sendWebResponse(answer, response)
    return answer !== undefined
  }
  return async (request, response, next) => {
    if (!next) return answers(request, response)
    const isAnswered = await answers(request, response).catch((error: unknown) => {
      next(error)
      return true
    })
    if (!isAnswered) next()
    return isAnswered
  }
}

function baseTest(base: unknown): (path: string) => boolean {
  if (base instanceof RegExp) {
    const whole = new RegExp(`^(?:${base.source})$`, base.flags.replace(/[gy]/g, ''))
    return (path) => whole.test(path)
  }
  if (typeof base === 'string' && /^(?:\/[^?#]*)?$/.test(base)) {
    const own = base.replace(/\/$/, '')
    return (path) => path === own
  }
  throw new TypeError("The page and the API take their base first, a path or a RegExp: `us.page('/accounts')`.")
}
