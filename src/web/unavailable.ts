import { type ErrorCode, UserSessionsError } from '../errors.js'

/** Seconds. */
const RETRY_AFTER = '5'
/** `closed`: a request that came while the process went down; another one may serve it. */
const PASSING: readonly ErrorCode[] = ['storage_unavailable', 'storage_busy', 'closed']

/**
 * Runs a handler; when the storage cannot be reached or is closed, `answer` says so with 503, so that an end that was not made never looks
 * like one. Any other fault is the app's to handle.
 */
export async function orUnavailable<T>(
  handle: () => Promise<T>,
  answer: (headers: Readonly<Record<string, string>>) => T,
): Promise<T> {
  try {
    return await handle()
  } catch (error) {
    if (!(error instanceof UserSessionsError && PASSING.includes(error.code))) throw error
    return answer({ 'retry-after': RETRY_AFTER })
  }
}
