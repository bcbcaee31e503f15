import { type ErrorCode, UserSessionsError } from '../index.js'

/** `closed`: a request that came while the process went down; another one may serve it. */
const PASSING: readonly ErrorCode[] = ['storage_unavailable', 'storage_busy', 'closed']

/** The answer to a request that nobody can tell about, since the records cannot be reached; undefined for any other fault. */
export function unavailableAnswer(error: unknown): Response | undefined {
  if (!(error instanceof UserSessionsError && PASSING.includes(error.code))) return undefined
  return Response.json(
    { status: 503, errors: [{ message: 'Sessions cannot be reached right now.', code: 'unavailable' }] },
    { status: 503, headers: { 'retry-after': '5', 'cache-control': 'no-store' } },
  )
}
