import { checkNames, invalid, whole } from '../../checks.js'
import type { Logger } from '../../session.js'
import type { BusOptions } from '../bus.js'

const CHANNEL = /^[a-z_][a-z0-9_]{0,62}$/

/** {@link BusOptions}, complete. */
export interface CheckedBusOptions {
  readonly channel: string
  readonly pingInterval: number
  readonly logger: Logger
}

/**
 * Checks what every bus takes. The channel becomes an identifier of SQL.
 *
 * @param more names of options that only this bus takes
 * @throws UserSessionsError `option_unknown`, `option_invalid`
 */
export function checkBusOptions(options: BusOptions, where: string, more: readonly string[] = []): CheckedBusOptions {
  checkNames(options, ['channel', 'pingInterval', 'logger', ...more], where)
  const { channel = 'user_sessions', pingInterval, logger = console } = options
  if (typeof channel !== 'string' || !CHANNEL.test(channel)) {
    throw invalid('channel', 'at most 63 of a-z, 0-9 and _, and begin with a-z or _', channel)
  }
  return { channel, pingInterval: whole('pingInterval', pingInterval, 5000, 1), logger }
}
