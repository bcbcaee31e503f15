import { forLog } from '../errors.js'
import type { Config } from '../options.js'
import { readClientHints } from '../request/client-hints.js'
import { clientIp } from '../request/client-ip.js'
import { createDeviceDescriber } from '../request/describe-device.js'
import type { RequestSource } from '../request/source.js'
import { cleanUserAgent, readUserAgent } from '../request/user-agent.js'
import type { Device, SeenClient } from '../session.js'
import type { AdapterParts, DefaultUserSessionsAdapter } from '../sessions/adapter.js'

/** What is made of clients, through the adapter. */
export interface Clients {
  readonly describe: (userAgent: string | null, hints: string | null) => Device
  readonly client: (source: RequestSource) => SeenClient
}

/** Joins the adapter with what it builds on. */
export function wireClients(adapter: DefaultUserSessionsAdapter, config: Config): Clients {
  const parts: AdapterParts = {
    clientIp: (source) => clientIp(source, config.trustedProxies),
    userAgent: readUserAgent,
    describe: createDeviceDescriber(),
  }
  return {
    describe: (userAgent, hints) => describeSafely(adapter, parts, { userAgent, hints }, config),
    client: (source) => clientOf(adapter, parts, source, config),
  }
}

/** A user agent is the client's to choose: one that trips the adapter must not make its session unendable. */
function describeSafely(
  adapter: DefaultUserSessionsAdapter,
  parts: AdapterParts,
  { userAgent, hints }: Pick<SeenClient, 'userAgent' | 'hints'>,
  { logger }: Config,
): Device {
  try {
    return adapter.describe(userAgent, parts, hints)
  } catch (error) {
    logger.warn('usersessions: the adapter could not describe a device', forLog(error))
    return parts.describe(userAgent, hints)
  }
}

/** An address or user agent that cannot be told is no reason to lose a sign-in. */
function clientOf(
  adapter: DefaultUserSessionsAdapter,
  parts: AdapterParts,
  source: RequestSource,
  { logger, clientHints }: Config,
): SeenClient {
  const orNull = (read: () => string | null): string | null => {
    try {
      return read()
    } catch (error) {
      logger.warn('usersessions: the adapter could not tell the client', forLog(error))
      return null
    }
  }
  return {
    ip: orNull(() => adapter.clientIp(source, parts)),
    userAgent: orNull(() => cleanUserAgent(adapter.userAgent(source, parts))),
    hints: clientHints ? readClientHints(source) : null,
  }
}
