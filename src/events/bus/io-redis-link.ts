import { hasMethods } from '../../clients/shapes.js'
import { within } from '../../within.js'
import type { Link, LinkEvents, Publish } from './link.js'

/** ioredis says goodbye, and destroys the socket after this, milliseconds. */
const GOODBYE_WITHIN = 300

/** Its own ways to reconnect, to queue and to repeat are off: a lost link is replaced. */
const SETTINGS = {
  lazyConnect: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
  reconnectOnError: null,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  connectTimeout: 5000,
  disconnectTimeout: GOODBYE_WITHIN,
  socketTimeout: undefined,
}

/** What `ioredis` duplicates to: with `lazyConnect`, a client that is not connected yet. */
interface IoRedisConnection {
  connect(): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  on(event: string, listener: (...values: readonly unknown[]) => void): unknown
  once(event: string, listener: () => void): unknown
  disconnect(): void
  readonly status: string
}

/** Where a link of `ioredis` gets its connection from, and how it publishes. */
export interface IoRedisSource {
  /** Throws when there is no connection to be had. */
  duplicate(overrides: object): unknown
  readonly publish: Publish
}

/** A link on SUBSCRIBE, through `ioredis`. */
export function ioRedisLink(source: IoRedisSource, channel: string, { heard, lost }: LinkEvents): Link {
  let connection: IoRedisConnection | undefined
  const open = async () => {
    const made = source.duplicate(SETTINGS)
    if (!isConnection(made)) throw new TypeError('The client of the package ioredis makes no connections.')
    connection = made
    made.on('error', lost)
    made.on('end', () => lost(new Error('The connection was closed.')))
    made.on('message', (on, message) => {
      if (on === channel && typeof message === 'string') heard(message)
    })
    await made.connect()
    await made.subscribe(channel)
  }
  return {
    ready: open(),
    async ping() {
      await connection?.ping()
    },
    send: (messages) => source.publish(channel, messages),
    async close() {
      if (!connection || connection.status === 'end') return
      const ended = new Promise<void>((resolve) => connection?.once('end', resolve))
      connection.disconnect()
      await within(ended, 2 * GOODBYE_WITHIN, { ref: true }).catch(() => {})
    },
  }
}

function isConnection(value: unknown): value is IoRedisConnection {
  return hasMethods(value, 'connect', 'subscribe', 'ping', 'on', 'once', 'disconnect')
}
