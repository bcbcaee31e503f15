import { type ErrorCode, UserSessionsError } from '../index.js'

/** `closed`: a request that came while the process went down; another one may serve it. */
const UNAVAILABLE: readonly ErrorCode[] = ['storage_unavailable', 'storage_busy', 'closed']

/** Whether nothing can tell just now if a session is good. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof UserSessionsError && UNAVAILABLE.includes(error.code)
}

/**
 * The answer where nothing can tell whether a session is good: 503 and never 401, which would sign people out.
 *
 * @throws what is another fault, which is the app's to handle
 */
export function unavailableAnswer(error: unknown): Response {
  if (!isUnavailable(error)) throw error
  return Response.json(
    { status: 503, errors: [{ message: 'Sessions cannot be reached right now.', code: 'unavailable' }] },
    { status: 503, headers: { 'retry-after': '5', 'cache-control': 'no-store' } },
  )
}
