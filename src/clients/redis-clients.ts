import { hasMethods, member } from './shapes.js'

/** Whatever publishes. */
interface Publisher {
  publish(channel: string, message: string): Promise<unknown>
}

/** A connected client of `redis` (node-redis), as far as a bus uses it. */
export interface NodeRedisClient extends Publisher {
  readonly isReady: boolean
  duplicate(overrides: object): unknown
}

/** A client of a cluster, of `redis` (node-redis). */
export interface NodeRedisCluster extends Publisher {
  readonly isOpen: boolean
  getRandomNode(): unknown
  nodeClient(node: unknown): unknown
}

/** A client of `ioredis`. */
export interface IoRedisClient extends Publisher {
  readonly status: string
  duplicate(overrides: object): unknown
}

/** A client of a cluster, of `ioredis`. */
export interface IoRedisCluster extends Publisher {
  readonly status: string
  nodes(): unknown[]
}

export function isNodeRedisClient(value: unknown): value is NodeRedisClient {
  return hasMethods(value, 'publish', 'duplicate') && typeof member(value, 'isReady') === 'boolean'
}

export function isNodeRedisCluster(value: unknown): value is NodeRedisCluster {
  return hasMethods(value, 'publish', 'getRandomNode', 'nodeClient') && typeof member(value, 'isOpen') === 'boolean'
}

export function isIoRedisClient(value: unknown): value is IoRedisClient {
  return hasMethods(value, 'publish', 'duplicate') && typeof member(value, 'status') === 'string'
}

export function isIoRedisCluster(value: unknown): value is IoRedisCluster {
  return hasMethods(value, 'publish', 'nodes') && typeof member(value, 'status') === 'string'
}
