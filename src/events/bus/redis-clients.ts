import { hasMethods, member } from './shapes.js'

/** Publishes, on a connection that the bus did not make. */
interface Publisher {
  publish(channel: string, message: string): Promise<unknown>
}

/** Publishes a batch, or rejects. */
export type Publish = (channel: string, messages: readonly string[]) => Promise<void>

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

/** What `redis` duplicates to: a client that is not connected yet. */
export interface NodeRedisConnection extends Publisher {
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

/** What `ioredis` duplicates to: with `lazyConnect`, a client that is not connected yet. */
export interface IoRedisConnection {
  connect(): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  on(event: string, listener: (...values: readonly unknown[]) => void): unknown
  once(event: string, listener: () => void): unknown
  disconnect(): void
  readonly status: string
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
