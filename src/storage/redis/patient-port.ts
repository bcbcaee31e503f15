import { setTimeout as delay } from 'node:timers/promises'
import { within } from '../../within.js'
import type { RedisPort } from './redis-port.js'

/** How {@link patientPort} waits. Milliseconds. */
export interface Patience {
  /** For a client that is about to connect. */
  readonly connect: number
  /** For an answer. */
  readonly answer: number
}

/** While a server does not answer, one command in this time asks whether it does again. */
const ASKED_EVERY = 1000
const LOOKS_EVERY = 20

/**
 * Waits in bounded time. Clients that are offline keep commands for later, as many as there are, and would do an end long after
 * it was reported as failed: nothing is sent before the client is ready. A server that is frozen gets one command in a second.
 */
export function patientPort(port: RedisPort, { connect, answer }: Patience): Pick<RedisPort, 'command'> {
  /** When those who do not answer were last asked. */
  const silent = new Map<string, number>()

  async function ready(): Promise<void> {
    const until = performance.now() + connect
    while (!port.isReady()) {
      if (port.isClosed()) throw new Error('The client is closed, or was never connected: call its connect() first.')
      if (performance.now() >= until) throw new Error('The client is not connected.')
      await delay(LOOKS_EVERY)
    }
  }

  return {
    async command(key, args) {
      if (!port.isReady()) await ready()
      // Which node of a cluster has a key only the client knows; those of one bucket are on one.
      const server = port.isCluster ? key.slice(0, key.indexOf('}')) : ''
      const asked = silent.get(server)
      const now = performance.now()
      if (asked !== undefined) {
        if (now - asked < ASKED_EVERY) throw new Error('The server does not answer.')
        silent.set(server, now)
      }
      const answered = port.command(key, args)
      let isAnswered = false
      const heard = () => {
        isAnswered = true
        silent.delete(server)
      }
      answered.then(heard, heard)
      try {
        return await within(answered, answer)
      } catch (error) {
        if (!isAnswered) silent.set(server, performance.now())
        throw error
      }
    },
  }
}
