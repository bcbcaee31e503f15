import { type ErrorCode, UserSessionsError } from '../index.js'
import type { Next, NodeResponse } from './node-types.js'
import { sendWebResponse } from './send-web-response.js'

/** `closed`: a request that came while the process went down; another one may serve it. */
const UNAVAILABLE: readonly ErrorCode[] = ['storage_unavailable', 'storage_busy', 'closed']

/** Answers 503 where nothing can tell whether a session is good, and hands every other fault on. */
export function orUnavailable(response: NodeResponse, next: Next): Next {
  return (error) => {
    if (!(error instanceof UserSessionsError) || !UNAVAILABLE.includes(error.code)) return next(error)
    sendWebResponse(unavailable(), response).catch(next)
  }
}

function unavailable(): Response {
  return Response.json(
    { status: 503, errors: [{ message: 'Sessions cannot be reached right now.', code: 'unavailable' }] },
    {
      status: 503,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'retry-after': '5',
        'cache-control': 'no-store',
      },
    },
  )
}
