import { createClient } from 'redis'
import { missingService } from './missing-service.js'

/** The server under test. */
export const REDIS_URL = process.env.USERSESSIONS_TEST_REDIS ?? 'redis://127.0.0.1:6379'

/**
 * Whether a server answers. Without one, this makes the file a single test that is skipped by a name that says what to do, or
 * that fails where services are required.
 */
export async function hasRedis(): Promise<boolean> {
  const client = createClient({ url: REDIS_URL, socket: { reconnectStrategy: false, connectTimeout: 5000 } })
  client.on('error', () => {})
  const problem = await client.connect().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message || error.name : String(error)),
  )
  if (problem === undefined) {
    client.destroy()
    return true
  }
  return missingService(
    `REDIS IS NOT TESTED: no server at ${REDIS_URL.replace(/:[^:@/]*@/, ':…@')} (${problem}). Set USERSESSIONS_TEST_REDIS, or run: docker run --rm -p 6379:6379 redis`,
  )
}
