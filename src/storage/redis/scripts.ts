import { createHash, randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { storageClosed } from '../storage-closed.js'
import { isUnknownScript, redisFault, toRedisError } from './redis-fault.js'
import type { RedisPort } from './redis-port.js'

/** With the delays below, about two seconds. */
const RETRIES = 25
const LONGEST_DELAY = 100

/** Runs a script on keys of one slot. */
export type RunScript = (source: string, keys: readonly string[], args?: readonly string[]) => Promise<unknown>

/** Runs scripts on a client: by their hash, and in full where a server does not know them yet, or any more. */
export function scriptRunner(port: Pick<RedisPort, 'command'>): { readonly run: RunScript; close(): boolean } {
  const hashes = new Map<string, string>()
  let closed = false

  async function once(source: string, rest: readonly string[], key: string): Promise<unknown> {
    try {
      return await port.command(key, ['EVALSHA', hashOf(hashes, source), ...rest])
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return port.command(key, ['EVAL', source, ...rest])
    }
  }

  return {
    async run(source, keys, args = []) {
      const rest = [String(keys.length), ...keys, ...args]
      for (let tries = 0; ; tries++) {
        if (closed) throw storageClosed()
        try {
          return await once(source, rest, keys[0] ?? '')
        } catch (error) {
          if (redisFault(error) !== 'busy' || tries >= RETRIES) throw toRedisError(error)
        }
        await delay(randomInt(1, Math.min(2 ** (tries + 2), LONGEST_DELAY)))
      }
    },
    close() {
      const wasOpen = !closed
      closed = true
      return wasOpen
    },
  }
}

/** As EVALSHA names scripts: https://redis.io/docs/latest/commands/evalsha/ */
function hashOf(hashes: Map<string, string>, source: string): string {
  let hash = hashes.get(source)
  if (hash === undefined) {
    hash = createHash('sha1').update(source).digest('hex')
    hashes.set(source, hash)
  }
  return hash
}
