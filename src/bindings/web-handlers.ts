import { type Binding, isWebPath, type MountedCall, type SessionData } from '../index.js'
import { adminHandler } from './admin-handler.js'
import { mountedCall } from './mounted-call.js'
import type { ForWeb, WebHandler } from './web.js'
import type { Visits } from './web-visits.js'

/** The page, the API and the admin page of `forWeb`: each admits by itself what nothing has admitted before. */
export function webHandlers<User, Data extends SessionData>(
  binding: Binding<Request, never, User, Data>,
  visits: Visits<User, Data>,
): Pick<ForWeb<User, Data>, 'page' | 'api' | 'admin'> {
  type Handle = (request: Request, call: MountedCall) => Promise<Response | undefined>
  const handler = (handle: Handle): WebHandler => {
    const answer = async (request: Request) => {
      const call = mountedCall(request)
      const found = isWebPath(call.path) ? await handle(request, call) : undefined
      return found ?? new Response('Not Found', { status: 404 })
    }
    return (request, info) => visits.session(request, () => answer(request), info)
  }
  return {
    page: (options) => handler(binding.page(options)),
    api: (options) => handler(binding.api(options)),
    admin(options) {
      const admin = adminHandler(binding, options)
      return handler((request, call) => admin(request, call, request))
    },
  }
}
