import { UserSessionsError } from '../../errors.js'
import type { Logger } from '../../session.js'
import type { RedisKeys } from './keys.js'
import { SERVER } from './lua/reads.js'
import { texts } from './replies.js'
import type { RunScript } from './scripts.js'

/** ZADD with LT came with 6.2. */
const OLDEST = [6, 2] as const

/**
 * Looks at every server that will have records.
 *
 * @throws UserSessionsError `storage_unavailable` when one is too old or a replica
 */
export async function checkServer(run: RunScript, keys: RedisKeys, logger: Pick<Logger, 'warn'>): Promise<void> {
  const asked = keys.buckets.map(async (bucket) => texts(await run(SERVER, [keys.ofBucket(bucket, 'log')])))
  const servers = await Promise.all(asked)
  for (const [version = '', , , role] of servers) {
    // A server whose INFO is forbidden may be all right.
    if (version !== '' && isOlder(version)) {
      throw unusable(`The server is Redis ${version}. Records need Redis 6.2 or later (tested: 7), or Valkey.`)
    }
    if (role === 'slave') throw unusable('The server is a replica. Connect to the master.')
  }
  const evicting = servers.find(([, , policy = '']) => policy !== '' && policy !== 'noeviction')
  if (!evicting) return
  const [, maxmemory, policy = ''] = evicting
  // Records have no TTL, receipts do.
  const dropped = policy.startsWith('volatile')
    ? 'the receipts that keep a command that a client repeats from being done twice'
    : 'records, and with them ends'
  logger.warn(
    `usersessions: Redis has maxmemory-policy ${policy} (maxmemory ${maxmemory}): when its memory is full it drops ${dropped}. Set it with CONFIG SET maxmemory-policy noeviction, and in redis.conf; or use a Redis of its own for sessions.`,
  )
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
}

function unusable(message: string): UserSessionsError {
  return new UserSessionsError('storage_unavailable', message)
}
