import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RedisBusOptions, redisBus } from '../../src/events/redis-bus.js'
import type { BusWorld } from '../contract/bus-contract.js'
import { Ear, heardBy, whileOpen } from '../contract/bus-ear.js'
import { canStartRedis, RedisCluster } from './redis-cluster.js'

describe.runIf(canStartRedis())('on a cluster of Redis', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await RedisCluster.start()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  /** What a cluster has of a world. */
  const worldOn = (make: () => { connect: RedisBusOptions['connect']; close(): void }) => async () => {
    const clients: { close(): void }[] = []
    const world: BusWorld = {
      async open(options) {
        const client = make()
        clients.push(client)
        return redisBus({ ...options, connect: client.connect })
      },
      async kill() {
        for (const port of cluster.ports) await cluster.tell(port, ['CLIENT', 'KILL', 'TYPE', 'pubsub'])
      },
      refuse: async () => {},
      accept: async () => {},
      swallow: () => {},
      async close() {
        for (const client of clients) client.close()
      },
    }
    return world
  }

  const libraries = {
    redis: worldOn(() => {
      const rootNodes = cluster.ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
      const client = createCluster({ rootNodes })
      client.on('error', () => {})
      client.connect().catch(() => {})
      return { connect: client, close: () => client.destroy() }
    }),
    ioredis: worldOn(() => {
      const client = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })))
      client.on('error', () => {})
      return { connect: client, close: () => client.disconnect() }
    }),
  }

  test.each(
    Object.entries(libraries),
  )('with %s, whoever listens to whichever node hears all, and again after a loss', (_name, openWorld) =>
    whileOpen(openWorld, async (world) => {
      const ears = await Promise.all(Array.from({ length: 8 }, () => Ear.on(world)))
      await expect.poll(() => ears.every(({ bus }) => bus.isUp), { timeout: 10_000 }).toBe(true)
      const [one] = ears
      await expect
        .poll(() => {
          one?.bus.publish('news')
          return ears.every(({ heard }) => heard.includes('news'))
        })
        .toBe(true)
      const before = ears.map(({ ups }) => ups)
      await world.kill()
      await expect
        .poll(() => ears.every(({ ups }, index) => ups > (before[index] ?? 0)), { timeout: 10_000 })
        .toBe(true)
      one?.bus.publish('more news')
      await heardBy(ears, 'more news')
    }))
})
