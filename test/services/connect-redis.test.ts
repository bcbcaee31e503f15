import { randomBytes } from 'node:crypto'
import { RedisStore } from 'connect-redis'
import RedisStore7 from 'connect-redis-7'
import { RedisStore as RedisStore8 } from 'connect-redis-8'
import type { Store } from 'express-session'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, describe, expect, test } from 'vitest'
import { asks } from '../../src/engine/callback-store.js'
import { dataOf, engineOn, type StoreStand, storeContract } from '../contract/store-contract.js'
import { Traffic } from '../contract/traffic.js'
import { canStartRedis, RedisCluster } from './redis-cluster.js'
import { hasRedis, REDIS_URL } from './redis-server.js'

type Make = (client: object, prefix: string) => Store

const VERSIONS: readonly (readonly [string, Make])[] = [
  ['connect-redis 9', (client, prefix) => Reflect.construct(RedisStore, [{ client, prefix }])],
  ['connect-redis 8', (client, prefix) => Reflect.construct(RedisStore8, [{ client, prefix }])],
  ['connect-redis 7', (client, prefix) => Reflect.construct(RedisStore7, [{ client, prefix }])],
]
const LATEST = VERSIONS.slice(0, 1)
const WITH_IOREDIS = VERSIONS.slice(1)

const RUN = `usersessions-test-${randomBytes(6).toString('hex')}`

/** A store with keys of its own. Braces around them would put all keys of a cluster into one slot. */
function standOn(make: Make, client: object, end: () => unknown): StoreStand {
  const traffic = new Traffic()
  const store = make(traffic.through(client), `${RUN} ${randomBytes(6).toString('hex')}:`)
  let isShut = false
  const shut = () => {
    if (!isShut) end()
    isShut = true
  }
  return { store, traffic, shut, [Symbol.asyncDispose]: async () => shut() }
}

/** The stores’ own `clear` of versions 7 and 8 fails on later clients. */
async function removeKeys(): Promise<void> {
  const client = createClient({ url: REDIS_URL })
  await client.connect()
  for await (const keys of client.scanIterator({ MATCH: `${RUN} *`, COUNT: 1000 })) {
    if (keys.length > 0) await client.del(keys)
  }
  client.destroy()
}

if (await hasRedis()) {
  afterAll(removeKeys)

  async function onNodeRedis(make: Make): Promise<StoreStand> {
    const client = createClient({ url: REDIS_URL })
    client.on('error', () => {})
    await client.connect()
    return standOn(make, client, () => client.destroy())
  }

  async function onIoredis(make: Make): Promise<StoreStand> {
    const client = new Redis(REDIS_URL)
    client.on('error', () => {})
    return standOn(make, client, () => client.disconnect())
  }

  describe.each(VERSIONS)('%s on node-redis', (_name, make) => storeContract(() => onNodeRedis(make), 'round trip'))

  describe.each(WITH_IOREDIS)('%s on ioredis', (_name, make) => storeContract(() => onIoredis(make), 'round trip'))

  test('a key that is no session’s makes the others none the less known', async () => {
    for (const [name, make] of WITH_IOREDIS) {
      await using stand = await onNodeRedis(make)
      const client = createClient({ url: REDIS_URL })
      await client.connect()
      await client.hSet(`${Reflect.get(stand.store, 'prefix')}odd`, 'a', 'hash')
      await asks(stand.store, 'set', 'one', dataOf('ada'))
      expect(await engineOn(stand.store).existing(['one', 'odd', 'gone']), name).toEqual(new Set(['one', 'odd']))
      client.destroy()
    }
  })
}

const canStart = canStartRedis()

describe.skipIf(!canStart)('on a cluster of three', async () => {
  if (!canStart) return
  const cluster = await RedisCluster.start()
  afterAll(() => cluster[Symbol.asyncDispose]())
  const nodes = cluster.ports.map((port) => ({ host: '127.0.0.1', port }))

  async function onNodeRedis(make: Make): Promise<StoreStand> {
    const client = createCluster({ rootNodes: nodes.map((socket) => ({ socket })) })
    client.on('error', () => {})
    await client.connect()
    return standOn(make, client, () => client.destroy())
  }

  async function onIoredis(make: Make): Promise<StoreStand> {
    const client = new Cluster(nodes)
    client.on('error', () => {})
    return standOn(make, client, () => client.disconnect())
  }

  describe.each(LATEST)('%s on node-redis', (_name, make) => storeContract(() => onNodeRedis(make), 'round trip'))

  describe.each(WITH_IOREDIS)('%s on ioredis', (_name, make) => storeContract(() => onIoredis(make), 'round trip'))
})
