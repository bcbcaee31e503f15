import { invalid } from '../checks.js'
import {
  type IoRedisClient,
  type IoRedisCluster,
  isIoRedisClient,
  isIoRedisCluster,
  isNodeRedisClient,
  isNodeRedisCluster,
  type NodeRedisClient,
  type NodeRedisCluster,
} from '../clients/redis-clients.js'
import { isMissing, member } from '../clients/shapes.js'
import { UserSessionsError } from '../errors.js'
import { checkBusOptions } from './bus/check-bus-options.js'
import { ioRedisLink } from './bus/io-redis-link.js'
import type { Link, LinkEvents, Publish } from './bus/link.js'
import { LinkedBus } from './bus/linked-bus.js'
import { nodeRedisLink } from './bus/node-redis-link.js'
import type { Bus, BusOptions } from './bus.js'

/** A client, or a client of a cluster, of the package `redis` or `ioredis`. */
export type RedisBusClient = NodeRedisClient | NodeRedisCluster | IoRedisClient | IoRedisCluster

/** How {@link redisBus} is opened. */
export interface RedisBusOptions extends BusOptions {
  /**
   * The app's own client, of `redis` or `ioredis`, for one server, a cluster or (ioredis) Sentinel: it publishes, and the bus
   * opens one more connection with its settings to subscribe. The app connects and closes its client. Or a `redis://` or
   * `rediss://` URL, for which the bus opens two connections through the package `redis`.
   */
  readonly connect: RedisBusClient | string
}

type Open = (channel: string, events: LinkEvents) => Link

/**
 * A bus on PUBLISH and SUBSCRIBE of Redis or Valkey. A channel belongs to the whole server, whatever the number of the
 * database: two apps on one server need two channels, or they wake each other for nothing.
 *
 * @throws UserSessionsError `option_unknown`, `option_invalid`; `peer_missing` for a URL when `redis` is not installed
 * @throws TypeError when it is no client that is known
 */
export async function redisBus(options: RedisBusOptions): Promise<Bus> {
  const checked = checkBusOptions(options, 'redisBus', ['connect'])
  const { connect } = options
  const open = typeof connect === 'string' ? await urlOpener(connect) : clientOpener(connect)
  return new LinkedBus({ name: 'redis', options: checked, open: (events) => open(checked.channel, events) })
}

/** Whether this is something that {@link redisBus} takes as a client. */
export function isRedisBusClient(value: unknown): value is RedisBusClient {
  return isNodeRedisClient(value) || isNodeRedisCluster(value) || isIoRedisClient(value) || isIoRedisCluster(value)
}

async function urlOpener(url: string): Promise<Open> {
  const { createClient } = await import('redis').catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause
    const message = "A bus on a redis: URL needs the package 'redis'. Install it: npm install redis"
    throw new UserSessionsError('peer_missing', message, { cause })
  })
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) throw invalid('connect', 'a redis:// or rediss:// URL', '…')
  // Never connected itself: it only knows the settings.
  const client = createClient({ url })
  const template = async () => ({ client, duplicate: (overrides: object) => client.duplicate(overrides) })
  return (channel, events) => nodeRedisLink({ template, publish: undefined }, channel, events)
}

function clientOpener(client: unknown): Open {
  if (isNodeRedisCluster(client)) return nodeClusterOpener(client)
  if (isIoRedisCluster(client)) return ioClusterOpener(client)
  if (isNodeRedisClient(client)) {
    const template = async () => ({ client, duplicate: (overrides: object) => client.duplicate(overrides) })
    const publish = whenReady(() => client.isReady, client)
    return (channel, events) => nodeRedisLink({ template, publish }, channel, events)
  }
  if (isIoRedisClient(client)) {
    const duplicate = (overrides: object) => client.duplicate(overrides)
    const publish = whenReady(() => isReady(client), client)
    return (channel, events) => ioRedisLink({ duplicate, publish }, channel, events)
  }
  throw new TypeError('A bus on Redis needs a URL, or a client or cluster of the package redis or ioredis.')
}

/** A cluster tells all its nodes of a message: it is enough to listen to any one of them. */
function nodeClusterOpener(cluster: NodeRedisCluster): Open {
  const template = async () => {
    const client: unknown = await cluster.nodeClient(cluster.getRandomNode())
    if (!isNodeRedisClient(client)) throw new Error('The cluster has no node to listen to.')
    return { client, duplicate: (overrides: object) => client.duplicate(overrides) }
  }
  const publish = whenReady(() => (member(cluster, 'isReady') ?? cluster.isOpen) === true, cluster)
  return (channel, events) => nodeRedisLink({ template, publish }, channel, events)
}

function ioClusterOpener(cluster: IoRedisCluster): Open {
  const duplicate = (overrides: object) => {
    const nodes = cluster.nodes()
    const node = nodes[Math.floor(Math.random() * nodes.length)]
    if (!isIoRedisClient(node)) throw new Error('The cluster has no node to listen to.')
    return node.duplicate(overrides)
  }
  const publish = whenReady(() => isReady(cluster), cluster)
  return (channel, events) => ioRedisLink({ duplicate, publish }, channel, events)
}

/** A client with `lazyConnect` connects with its first command. */
function isReady({ status }: { readonly status: string }): boolean {
  return status === 'ready' || status === 'wait'
}

/** Clients that are offline keep commands for later, as many as there are: this does not let it come to that. */
function whenReady(ready: () => boolean, client: RedisBusClient): Publish {
  return async (channel, messages) => {
    if (!ready()) throw new Error('The client that publishes is not connected.')
    await Promise.all(messages.map((message) => client.publish(channel, message)))
  }
}
