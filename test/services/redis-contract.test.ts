import { randomBytes } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStorage, type StorageInput } from '../../src/storage/open-storage.js'
import { type OpenTestStorage, storageContract } from '../../src/testing/index.js'
import { canStartRedis, RedisCluster } from './redis-cluster.js'
import { OwnRedis } from './redis-own.js'

/** Each case has keys of its own. */
let cases = 0
const prefix = () => `t${randomBytes(3).toString('hex')}_${++cases}_`

const canStart = canStartRedis()

describe.runIf(canStart)('on one server', () => {
  let server: OwnRedis
  const clients: Record<string, () => Promise<{ input: StorageInput; close?: () => void }>> = {
    'a client of redis': async () => {
      const client = await createClient({ url: server.url }).connect()
      return { input: client, close: () => client.destroy() }
    },
    'a client of redis that speaks RESP2': async () => {
      const client = await createClient({ url: server.url, RESP: 2 }).connect()
      return { input: client, close: () => client.destroy() }
    },
    'a client of ioredis': async () => {
      const client = new Redis(server.url)
      return { input: client, close: () => client.disconnect() }
    },
    'a client of ioredis that connects late and has a prefix': async () => {
      const client = new Redis(server.url, { lazyConnect: true, keyPrefix: 'app{1}:' })
      return { input: client, close: () => client.disconnect() }
    },
    'a redis: URL': async () => ({ input: server.url }),
  }
  beforeAll(async () => {
    server = await OwnRedis.start()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  for (const [name, make] of Object.entries(clients)) {
    describe(name, () => {
      let made: Awaited<ReturnType<typeof make>>
      beforeAll(async () => {
        made = await make()
      })
      afterAll(() => made.close?.())
      const open: OpenTestStorage = ({ clock }) => openStorage(made.input, { clock, tablePrefix: prefix() })
      for (const { title, run } of storageContract(open)) test(title, run)
    })
  }
})

describe.runIf(canStart)('on a cluster of three', () => {
  let cluster: RedisCluster
  const clients: Record<string, () => Promise<{ input: StorageInput; close: () => void }>> = {
    'a cluster of redis': async () => {
      const rootNodes = cluster.ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
      const client = createCluster({ rootNodes })
      client.on('error', () => {})
      await client.connect()
      return { input: client, close: () => client.destroy() }
    },
    'a Cluster of ioredis': async () => {
      const client = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })))
      return { input: client, close: () => client.disconnect() }
    },
  }
  beforeAll(async () => {
    cluster = await RedisCluster.start()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())
  for (const [name, make] of Object.entries(clients)) {
    describe(name, () => {
      let made: Awaited<ReturnType<typeof make>>
      beforeAll(async () => {
        made = await make()
      })
      afterAll(() => made.close())
      const open: OpenTestStorage = ({ clock }) => openStorage(made.input, { clock, tablePrefix: prefix() })
      for (const { title, run } of storageContract(open)) test(title, run)
    })
  }

  test('every node of the cluster has records', async () => {
    for (const port of cluster.ports) expect(Number(await cluster.tell(port, ['DBSIZE']))).toBeGreaterThan(100)
  })
})
