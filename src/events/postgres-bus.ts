import { invalid } from '../checks.js'
import { hasMethods, isMissing, member } from '../clients/shapes.js'
import { UserSessionsError } from '../errors.js'
import { checkBusOptions } from './bus/check-bus-options.js'
import { LinkedBus } from './bus/linked-bus.js'
import { borrowClient, type OpeningClient, openOwnClient, type PgClientConstructor } from './bus/postgres-client.js'
import { postgresLink } from './bus/postgres-link.js'
import type { Bus, BusOptions } from './bus.js'

/** `pg`'s `Pool`, or something of its shape. */
export interface PgBusPool {
  connect(): Promise<unknown>
  query(query: { text: string; values: unknown[] }): Promise<unknown>
}

/** How {@link postgresBus} is opened. */
export interface PostgresBusOptions extends BusOptions {
  /**
   * Where the server is: a `Pool` of pg, a `postgres://` URL, or what a `Client` of pg takes. LISTEN needs a connection of
   * its own, and the bus opens one, with the settings of the pool and beside it. From something that only looks like a pool
   * of pg it takes one connection out for good.
   */
  readonly connect: PgBusPool | string | object
}

/**
 * A bus on LISTEN and NOTIFY, for an app whose processes share a PostgreSQL. One connection per process, which does both. It
 * must reach the server itself, or through a pooler that lends connections by session: PgBouncer in transaction mode loses
 * what LISTEN asked for. A bus that notices says so in the log.
 *
 * @throws UserSessionsError `option_unknown`, `option_invalid`; `peer_missing` when `pg` is needed and not installed
 */
export async function postgresBus(options: PostgresBusOptions): Promise<Bus> {
  const checked = checkBusOptions(options, 'postgresBus', ['connect'])
  const open = await opener(options.connect)
  return new LinkedBus({
    name: 'postgres',
    options: checked,
    open: (events) => postgresLink(open(), checked.channel, events),
  })
}

/** Whether this is something that {@link postgresBus} takes as a pool. */
export function isPgBusPool(value: unknown): value is PgBusPool {
  return hasMethods(value, 'connect', 'query') && member(value, 'processID') === undefined
}

async function opener(connect: unknown): Promise<() => OpeningClient> {
  if (isPgBusPool(connect)) {
    const [Client, config] = [member(connect, 'Client'), member(connect, 'options')]
    return isConstructor(Client) && isObject(config) ? () => openOwnClient(Client, config) : () => borrowClient(connect)
  }
  if (hasMethods(connect, 'query'))
    throw new TypeError('A bus needs a Pool of pg: a Client cannot be replaced when it is lost.')
  const config = typeof connect === 'string' ? { connectionString: connect } : connect
  if (!isObject(config))
    throw invalid('connect', 'a Pool of pg, a postgres: URL or what a Client of pg takes', typeof connect)
  const Client = await loadClient()
  checkConfig(Client, config)
  return () => openOwnClient(Client, config)
}

async function loadClient(): Promise<PgClientConstructor> {
  const loaded: unknown = await import('pg').catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause
    throw new UserSessionsError(
      'peer_missing',
      "A bus on PostgreSQL needs the package 'pg'. Install it: npm install pg",
      { cause },
    )
  })
  const Client = member(loaded, 'Client') ?? member(member(loaded, 'default'), 'Client')
  if (isConstructor(Client)) return Client
  throw new UserSessionsError('peer_missing', "The package 'pg' has no Client. Install it: npm install pg@8")
}

/** A URL that is none would otherwise be tried again and again. */
function checkConfig(Client: PgClientConstructor, config: object): void {
  try {
    new Client(config)
  } catch {
    // The error of a URL has the URL in it, with its password.
    const message =
      'The postgres: URL is none: in its password, / ? # @ and % must be written as %2F %3F %23 %40 and %25.'
    throw new UserSessionsError('option_invalid', message)
  }
}

function isConstructor(value: unknown): value is PgClientConstructor {
  return typeof value === 'function'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
