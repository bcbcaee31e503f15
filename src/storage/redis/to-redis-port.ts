import {
  isIoRedisClient,
  isIoRedisCluster,
  isNodeRedisClient,
  isNodeRedisCluster,
} from '../../clients/redis-clients.js'
import { hasMethods, member } from '../../clients/shapes.js'
import type { RedisPort } from './redis-port.js'

/** A client of `redis` (node-redis), as far as a storage uses it. */
interface NodeRedis {
  readonly isOpen: boolean
  readonly isReady: boolean
  sendCommand(args: string[]): Promise<unknown>
}

/** A client of a cluster, of `redis` (node-redis). */
interface NodeRedisCluster {
  readonly isOpen: boolean
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>
  nodeClient(node: never): unknown
}

/** A client of `ioredis`, of one server or a cluster. */
interface IoRedis {
  readonly status: string
  call(command: string, ...args: string[]): Promise<unknown>
}

/** A client, or a client of a cluster, of the package `redis` or `ioredis`. */
export type RedisStorageClient = NodeRedis | NodeRedisCluster | IoRedis

/** The client as the storage uses it; undefined when it is none. */
export function toRedisPort(client: unknown): RedisPort | undefined {
  if (isNodeCluster(client)) {
    return {
      isCluster: true,
      // The clients of the nodes connect by themselves, when they are first needed.
      isReady: () => (member(client, 'isReady') ?? client.isOpen) === true,
      isClosed: () => !client.isOpen,
      command: (key, args) => client.sendCommand(key, false, [...args]),
    }
  }
  if (isNodeClient(client)) {
    return {
      isCluster: false,
      isReady: () => client.isReady,
      isClosed: () => !client.isOpen,
      command: (_key, args) => client.sendCommand([...args]),
    }
  }
  if (!isIoClient(client)) return undefined
  return {
    isCluster: isIoRedisCluster(client),
    // With `lazyConnect` it connects with its first command.
    isReady: () => client.status === 'ready' || client.status === 'wait',
    isClosed: () => client.status === 'end',
    command: (_key, [name = '', ...args]) => client.call(name, ...args),
  }
}

function isNodeCluster(client: unknown): client is NodeRedisCluster {
  return isNodeRedisCluster(client) && hasMethods(client, 'sendCommand')
}

function isNodeClient(client: unknown): client is NodeRedis {
  return isNodeRedisClient(client) && hasMethods(client, 'sendCommand') && typeof member(client, 'isOpen') === 'boolean'
}

function isIoClient(client: unknown): client is IoRedis {
  return (isIoRedisClient(client) || isIoRedisCluster(client)) && hasMethods(client, 'call')
}
