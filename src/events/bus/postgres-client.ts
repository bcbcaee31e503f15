import { Socket } from 'node:net'
import { hasMethods, member } from '../../clients/shapes.js'
import { within } from '../../within.js'

/** A goodbye that is not heard within this is left out, milliseconds. */
const GOODBYE_WITHIN = 500

/** A connection of `pg`, as far as a bus uses it. */
export interface PgBusClient {
  query(query: { text: string; values: unknown[] }): Promise<{ readonly rows: readonly unknown[] }>
  on(event: 'notification', listener: (told: { readonly channel: string; readonly payload?: string }) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
}

interface OwnClient extends PgBusClient {
  connect(): Promise<unknown>
  end(): Promise<void>
}

interface LentClient extends PgBusClient {
  release(error?: Error | boolean): void
}

/** `pg`'s `Client`. */
export type PgClientConstructor = new (config: object) => unknown

/** A connection that is being opened for a bus alone. */
export interface OpeningClient {
  readonly opened: Promise<PgBusClient>
  /** Closes it, opened or not, within a second. Never rejects. */
  close(): Promise<void>
}

/** Opens a connection of the bus's own. Does not throw. */
export function openOwnClient(Client: PgClientConstructor, config: object): OpeningClient {
  // On a socket of ours, which can be destroyed whatever the driver waits for.
  const socket = streamOf(config) ?? new Socket()
  let client: OwnClient | undefined
  const open = async () => {
    const made = new Client(withStream(config, socket))
    if (!isOwnClient(made)) throw new TypeError('The Client of the package pg is none.')
    client = made
    // Without a listener an error would end the process, also one that comes after all is over.
    made.on('error', () => {})
    await made.connect()
    return made
  }
  return {
    opened: open(),
    async close() {
      if (client) await within(client.end(), GOODBYE_WITHIN, { ref: true }).catch(() => {})
      if (hasMethods(socket, 'destroy')) socket.destroy()
    },
  }
}

/** Takes a connection out of a pool, for good. Does not throw. */
export function borrowClient(pool: { connect(): Promise<unknown> }): OpeningClient {
  const borrow = async () => {
    const client = await pool.connect()
    if (!isLentClient(client)) throw new TypeError('The pool lends no connections of pg.')
    client.on('error', () => {})
    return client
  }
  const opened = borrow()
  return {
    opened,
    async close() {
      // It listens: nobody else may have it. One that comes after all is given back as well.
      void opened.then((client) => client.release(true)).catch(() => {})
    },
  }
}

interface Destroyable {
  destroy(): unknown
}

/** The stream that the app's own configuration opens, for proxies and the like. */
function streamOf(config: object): Destroyable | undefined {
  const open = member(config, 'stream')
  const stream: unknown = typeof open === 'function' ? open(config) : undefined
  return isDestroyable(stream) ? stream : undefined
}

function withStream(config: object, stream: object): object {
  // A pool hides its password from enumeration.
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(config))
  return Object.defineProperties(copy, {
    stream: { value: stream, enumerable: true, configurable: true },
    keepAlive: { value: true, enumerable: true, configurable: true },
  })
}

function isOwnClient(value: unknown): value is OwnClient {
  return hasMethods(value, 'query', 'on', 'connect', 'end')
}

function isLentClient(value: unknown): value is LentClient {
  return hasMethods(value, 'query', 'on', 'release')
}

function isDestroyable(value: unknown): value is Destroyable {
  return hasMethods(value, 'destroy')
}
