import { UserSessionsError } from '../errors.js'
import type { Bus, BusOptions } from './bus.js'
import type { PgBusPool } from './postgres-bus.js'
import type { RedisBusClient } from './redis-bus.js'

/**
 * What carries news between processes: a URL (`redis://host`, `rediss://host`, `postgres://user@host/database`), a client or
 * cluster of `redis` or `ioredis`, a `Pool` of pg, all of which stay the app's to close, or a {@link Bus}.
 */
export type BusInput = string | RedisBusClient | PgBusPool | Bus

/**
 * Makes a bus of what the app has. Loads no driver unless the input asks for one, and connects to nothing before somebody
 * listens or publishes.
 *
 * @throws UserSessionsError `option_unknown`, `option_invalid`, `peer_missing`
 * @throws TypeError when the input is none of these
 */
export async function openBus(input: BusInput, options: BusOptions = {}): Promise<Bus> {
  if (typeof input === 'string') return openUrl(input, options)
  if (isBus(input)) return input
  const { isRedisBusClient, redisBus } = await import('./redis-bus.js')
  if (isRedisBusClient(input)) return redisBus({ ...options, connect: input })
  const { isPgBusPool, postgresBus } = await import('./postgres-bus.js')
  if (isPgBusPool(input)) return postgresBus({ ...options, connect: input })
  throw new TypeError(
    'A bus must be a URL, a client of redis or ioredis, a Pool of pg or an object that implements Bus.',
  )
}

async function openUrl(url: string, options: BusOptions): Promise<Bus> {
  if (/^rediss?:\/\//.test(url)) {
    const { redisBus } = await import('./redis-bus.js')
    return redisBus({ ...options, connect: url })
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    const { postgresBus } = await import('./postgres-bus.js')
    return postgresBus({ ...options, connect: url })
  }
  throw new UserSessionsError('option_invalid', 'A bus has a URL that begins with redis:, rediss: or postgres:.')
}

function isBus(input: unknown): input is Bus {
  return typeof input === 'object' && input !== null && 'listen' in input && typeof input.listen === 'function'
}
