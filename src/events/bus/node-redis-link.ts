import { hasMethods, member } from '../../clients/shapes.js'
import type { Link, LinkEvents, Publish } from './link.js'

/** What `redis` duplicates to: a client that is not connected yet. */
interface NodeRedisConnection {
  publish(channel: string, message: string): Promise<unknown>
  connect(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  ping(): Promise<unknown>
  on(event: string, listener: (error: unknown) => void): unknown
  /** Since 5. */
  destroy?(): void
  /** The name of `destroy` in 4. */
  disconnect?(): Promise<void>
  ref(): void
  unref(): void
}

/** Where a link of `redis` gets its connections from, and how it publishes. */
export interface NodeRedisSource {
  /** The client whose settings the connections have; a cluster has another one each time. */
  template(): Promise<{ readonly client: unknown; duplicate(overrides: object): unknown }>
  /** Publishes on the app's own client; without it, on a second connection of the link's own. */
  readonly publish: Publish | undefined
}

/** A link on SUBSCRIBE, through `redis`. Its own way to reconnect is off: a lost link is replaced. */
export function nodeRedisLink(source: NodeRedisSource, channel: string, { heard, lost }: LinkEvents): Link {
  const connections: NodeRedisConnection[] = []
  let isClosed = false
  const open = async () => {
    const { client, duplicate } = await source.template()
    const connect = async () => {
      const connection = duplicate(settings(client))
      if (!isConnection(connection)) throw new TypeError('The client of the package redis makes no connections.')
      connections.push(connection)
      if (!isClosed) await connected(connection, lost)
      if (isClosed) destroy(connection)
      return connection
    }
    const subscriber = await connect()
    const publish = source.publish ?? publisher(await connect())
    await subscriber.subscribe(channel, heard)
    return { publish }
  }
  const opened = open()
  return {
    ready: opened.then(() => {}),
    async ping() {
      await Promise.all(connections.map((connection) => connection.ping()))
    },
    async send(messages) {
      const { publish } = await opened
      await publish(channel, messages)
    },
    async close() {
      isClosed = true
      for (const connection of connections) destroy(connection)
    },
  }
}

function publisher(connection: NodeRedisConnection): Publish {
  return async (channel, messages) => {
    await Promise.all(messages.map((message) => connection.publish(channel, message)))
  }
}

async function connected(connection: NodeRedisConnection, lost: (error: unknown) => void): Promise<void> {
  connection.on('error', lost)
  connection.on('end', () => lost(new Error('The connection was closed.')))
  // A socket that is still connecting cannot be destroyed; at least nobody waits for it.
  connection.unref()
  await connection.connect()
  connection.ref()
}

function settings(client: unknown): object {
  const options = member(client, 'options')
  const socket = member(options, 'socket')
  return {
    socket: {
      ...(typeof socket === 'object' ? socket : undefined),
      reconnectStrategy: false,
      connectTimeout: 5000,
      // A subscriber may hear nothing for long; the bus looks after it.
      socketTimeout: undefined,
    },
    pingInterval: undefined,
    clientSideCache: undefined,
    emitInvalidate: false,
  }
}

function destroy(connection: NodeRedisConnection): void {
  try {
    if (connection.destroy) connection.destroy()
    else connection.disconnect?.().catch(() => {})
  } catch {
    // It is closed already.
  }
}

function isConnection(value: unknown): value is NodeRedisConnection {
  return hasMethods(value, 'connect', 'subscribe', 'publish', 'ping', 'on', 'ref', 'unref')
}
