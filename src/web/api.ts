import { sameOrigin } from '../request/same-origin.js'
import { apiError, apiList, apiSignedOut } from './api-answers.js'
import { chooseEnding } from './end-sessions.js'
import { type ClearSiteDataType, forgetting } from './headers.js'
import { readIds } from './read-ids.js'
import { orUnavailable } from './unavailable.js'
import type { WebCall, WebOptions } from './web-context.js'

const ALLOW = 'GET, HEAD, DELETE'

/** How the JSON API answers. */
export interface ApiOptions {
  /**
   * What the browser is told to forget when the current session ends. `cookies` clears those of the whole registrable domain.
   * Default is nothing.
   */
  readonly clearSiteData?: readonly ClearSiteDataType[]
}

/**
 * Makes the JSON API: `GET /sessions` lists the user's sessions, `DELETE /sessions` with `{"sessions":["…"]}` ends some, all of
 * them or none. Answers undefined for every other path. `docs/openapi.yaml` describes it.
 *
 * Parity row 16.
 */
export function createApi(options: WebOptions & ApiOptions): (call: WebCall) => Promise<Response | undefined> {
  return async (call) => {
    if (call.path !== '/sessions') return undefined
    const response = await orUnavailable(
      () => answer(options, call),
      (headers) => apiError('unavailable', headers),
    )
    return call.request.method === 'HEAD' ? withoutBody(response) : response
  }
}

async function answer(options: WebOptions & ApiOptions, { request, sessions }: WebCall): Promise<Response> {
  if (!ALLOW.split(', ').includes(request.method)) return apiError('method_not_allowed', { allow: ALLOW })
  if (!sameOrigin(request, options.trustedOrigins)) return apiError('cross_site')
  if (sessions.user === undefined) return apiSignedOut(options.flows)
  if (request.method !== 'DELETE') return apiList(await sessions.list(), options.trackActivity)
  const ids = await readIds(request)
  if (typeof ids === 'string') return apiError(ids)
  const choice = await chooseEnding(sessions, ids)
  if (choice.kind === 'unknown') return apiError('invalid_choice')
  if (choice.others.length > 0) await sessions.end(choice.others)
  if (choice.kind === 'others') return apiList(await sessions.list(), options.trackActivity)
  await sessions.signOut()
  return apiSignedOut(options.flows, forgetting(options.clearSiteData))
}

function withoutBody(response: Response): Response {
  return new Response(null, { status: response.status, headers: response.headers })
}
