import { hasMethods, isMissing, member } from '../../clients/shapes.js'
import { UserSessionsError } from '../../errors.js'
import type { Clock, Logger } from '../../session.js'
import { within } from '../../within.js'
import type { Storage } from '../storage.js'
import { checkTablePrefix, DEFAULT_TABLE_PREFIX } from '../table-prefix.js'
import { checkServer } from './check-server.js'
import { RedisKeys } from './keys.js'
import { type Patience, patientPort } from './patient-port.js'
import { toRedisError } from './redis-fault.js'
import type { RedisPort } from './redis-port.js'
import { redisStorage } from './redis-storage.js'
import { scriptRunner } from './scripts.js'
import { toRedisPort } from './to-redis-port.js'

/** Milliseconds. */
const PATIENCE: Patience = { connect: 2000, answer: 5000 }
const CONNECT_WITHIN = 5000
const LONGEST_PAUSE = 2000

/** How a Redis storage is opened. */
export interface OpenRedisOptions {
  readonly tablePrefix?: string | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Pick<Logger, 'warn'> | undefined
  /** How long to wait for the server. Default is two seconds for a connection, five for an answer. */
  readonly patience?: Patience | undefined
}

/**
 * Opens a storage on a `redis:` or `rediss:` URL, with a client of its own.
 *
 * @throws UserSessionsError `storage_driver_missing`, `storage_url_unknown`, and what {@link openRedisClient} throws
 */
export async function openRedisUrl(url: string, options: OpenRedisOptions, driver = 'redis'): Promise<Storage> {
  // Without a host, the package redis would connect to this machine.
  if (!URL.canParse(url) || new URL(url).hostname === '') throw unknownUrl()
  const client = await connect(url, driver)
  const port = toRedisPort(client)
  if (!port)
    throw new UserSessionsError('storage_driver_missing', 'The package redis is too old. Run `npm install redis`.')
  return open(port, () => destroy(client), options)
}

/**
 * Opens a storage on a client of the app's, of `redis` or `ioredis`, for one server or a cluster.
 *
 * @throws UserSessionsError `option_invalid`, `storage_unavailable`, `storage_busy`
 */
export async function openRedisClient(port: RedisPort, options: OpenRedisOptions): Promise<Storage> {
  return open(port, () => {}, options)
}

async function open(port: RedisPort, end: () => void, options: OpenRedisOptions): Promise<Storage> {
  const { tablePrefix = DEFAULT_TABLE_PREFIX, clock = Date.now, logger = console, patience = PATIENCE } = options
  const runner = scriptRunner(patientPort(port, patience))
  try {
    checkTablePrefix(tablePrefix)
    await checkServer(runner.run, new RedisKeys(tablePrefix), logger)
  } catch (error) {
    end()
    throw error
  }
  const close = async () => {
    if (runner.close()) end()
  }
  return redisStorage({ run: runner.run, prefix: tablePrefix, clock, close })
}

async function connect(url: string, driver: string): Promise<unknown> {
  const loaded: unknown = await import(driver).catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause
    throw new UserSessionsError('storage_driver_missing', 'No driver for Redis. Run `npm install redis`.', { cause })
  })
  const createClient = member(loaded, 'createClient') ?? member(member(loaded, 'default'), 'createClient')
  if (!isFactory(createClient)) {
    throw new UserSessionsError(
      'storage_driver_missing',
      'The package redis has no createClient. Run `npm install redis`.',
    )
  }
  let connected = false
  const reconnectStrategy = (tries: number) => connected && Math.min(2 ** tries * 25, LONGEST_PAUSE)
  const client = make(createClient, { url, socket: { connectTimeout: CONNECT_WITHIN, reconnectStrategy } })
  // It reconnects by itself; without a listener, a lost connection would end the process.
  client.on('error', () => {})
  try {
    await within(client.connect(), CONNECT_WITHIN, { ref: true })
  } catch (error) {
    destroy(client)
    throw toRedisError(error)
  }
  connected = true
  return client
}

/** Of the package `redis`, as far as it is used here. */
interface OwnClient {
  connect(): Promise<unknown>
  on(event: string, listener: () => void): unknown
}

function make(createClient: (options: object) => unknown, options: object): OwnClient {
  try {
    const client = createClient(options)
    if (isOwnClient(client)) return client
  } catch (cause) {
    // Its message shows the URL, and with it a password.
    if (cause instanceof TypeError) throw unknownUrl()
    throw cause
  }
  throw new UserSessionsError('storage_driver_missing', 'The package redis makes no client. Run `npm install redis`.')
}

function isFactory(value: unknown): value is (options: object) => unknown {
  return typeof value === 'function'
}

function isOwnClient(client: unknown): client is OwnClient {
  return hasMethods(client, 'connect', 'on')
}

function unknownUrl(): UserSessionsError {
  return new UserSessionsError(
    'storage_url_unknown',
    'The redis: URL is none: redis://user:password@host:6379/0. In its password, / ? # @ and % must be written as %2F %3F %23 %40 and %25.',
  )
}

/** `destroy` is called `disconnect` in 4. */
function destroy(client: unknown): void {
  const end = member(client, 'destroy') ?? member(client, 'disconnect')
  try {
    if (typeof end === 'function') Promise.resolve(Reflect.apply(end, client, [])).catch(() => {})
  } catch {
    // It is closed already.
  }
}
