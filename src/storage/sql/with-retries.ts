import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { UserSessionsError } from '../../errors.js'

/** How a driver's error is to be taken; undefined for a fault of ours. */
export type Fault = 'busy' | 'unavailable' | undefined

/** With the delays below, about five seconds. */
export const RETRIES = 60
const LONGEST_DELAY = 100

/**
 * Runs `attempt` again while the database says that it is locked, with growing, jittered delays.
 *
 * @throws UserSessionsError `storage_busy` when it stays locked, `storage_unavailable` when it cannot be used
 */
export async function withRetries<T>(
  attempt: () => T | Promise<T>,
  faultOf: (error: unknown) => Fault,
  retries: number = RETRIES,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      const fault = faultOf(error)
      if (fault === undefined) throw error
      if (fault === 'unavailable') throw unavailable(error)
      if (tries >= retries) throw busy(error)
    }
    await delay(randomInt(1, Math.min(2 ** (tries + 2), LONGEST_DELAY)))
  }
}

function busy(cause: unknown): UserSessionsError {
  const message =
    'The database of the sessions stayed locked. Look for a transaction that is held open, or a process that writes all the time.'
  return new UserSessionsError('storage_busy', message, { cause })
}

function unavailable(cause: unknown): UserSessionsError {
  const reason = cause instanceof Error ? cause.message || Reflect.get(cause, 'code') : String(cause)
  return new UserSessionsError('storage_unavailable', `The database of the sessions cannot be used: ${reason}`, {
    cause,
  })
}
