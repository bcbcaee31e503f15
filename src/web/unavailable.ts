import { UserSessionsError } from '../errors.js'

/** Seconds. */
const RETRY_AFTER = '5'

/**
 * Runs a handler; when the storage cannot be reached, `answer` says so with 503, so that an end that was not made never looks
 * like one. Any other fault is the app's to handle.
 */
export async function orUnavailable<T>(
  handle: () => Promise<T>,
  answer: (headers: Readonly<Record<string, string>>) => T,
): Promise<T> {
  try {
    return await handle()
  } catch (error) {
    const passing =
      error instanceof UserSessionsError && (error.code === 'storage_unavailable' || error.code === 'storage_busy')
    if (!passing) throw error
    return answer({ 'retry-after': RETRY_AFTER })
  }
}
