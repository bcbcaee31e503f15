import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, test } from 'vitest'
import { type RedisBusOptions, redisBus } from '../../src/events/redis-bus.js'
import { type BusWorld, busContract } from '../contract/bus-contract.js'
import { keptLog } from '../spec/kept-log.js'
import { hasRedis, REDIS_URL } from './redis-server.js'
import { TcpProxy } from './tcp-proxy.js'

/** A client of the app's, and how the app closes it. */
interface AppClient {
  readonly connect: RedisBusOptions['connect']
  close(): void
}

if (await hasRedis()) {
  /** Buses that reach the server through a proxy, each on a client of its own. */
  const worldOn = (makeClient: (url: string, name: string) => AppClient) => async () => {
    const channel = `usersessions_test_${randomBytes(6).toString('hex')}`
    const direct = new URL(REDIS_URL)
    const proxy = await TcpProxy.to(direct.hostname, Number(direct.port || 6379))
    const url = new URL(REDIS_URL)
    url.port = String(proxy.port)
    const admin = await createClient({ url: REDIS_URL }).connect()
    const clients: AppClient[] = []
    const world: BusWorld = {
      async open(options) {
        const client = makeClient(url.href, channel)
        clients.push(client)
        return redisBus({ channel, ...options, connect: client.connect })
      },
      async kill() {
        // By the address that the server sees, which is the proxy's: nobody else's connections are touched.
        for (const address of proxy.outgoing()) await admin.sendCommand(['CLIENT', 'KILL', 'ADDR', address])
      },
      refuse: () => proxy.refuse(),
      accept: () => proxy.accept(),
      swallow: () => proxy.swallow(),
      async close() {
        for (const client of clients) client.close()
        await proxy.refuse()
        admin.destroy()
      },
    }
    return world
  }

  describe('on Redis, with a client of redis', () =>
    busContract(
      worldOn((url) => {
        const client = createClient({ url, socket: { reconnectStrategy: 50 } })
        client.on('error', () => {})
        client.connect().catch(() => {})
        return { connect: client, close: () => client.destroy() }
      }),
    ))

  describe('on Redis, with a client of redis that speaks RESP2', () =>
    busContract(
      worldOn((url) => {
        const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: 50 } })
        client.on('error', () => {})
        client.connect().catch(() => {})
        return { connect: client, close: () => client.destroy() }
      }),
    ))

  describe('on Redis, with a client of ioredis', () =>
    busContract(
      worldOn((url) => {
        const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
        client.on('error', () => {})
        return { connect: client, close: () => client.disconnect() }
      }),
    ))

  describe('on Redis, with a client of ioredis that connects late and has a prefix', () =>
    busContract(
      worldOn((url) => {
        const client = new Redis(url, { lazyConnect: true, protocol: 2, keyPrefix: 'app:', retryStrategy: () => 50 })
        client.on('error', () => {})
        return { connect: client, close: () => client.disconnect() }
      }),
    ))

  describe('on Redis, with a URL', () => busContract(worldOn((url) => ({ connect: url, close: () => {} }))))

  test('nothing is left in the queue of a client that is away', async () => {
    const client = new Redis(REDIS_URL, { retryStrategy: () => 60_000 })
    const bus = await redisBus({ connect: client, pingInterval: 50, logger: keptLog() })
    await bus.listen(
      () => {},
      () => {},
    )
    client.disconnect(true)
    await once(client, 'reconnecting')
    for (let index = 0; index < 5000; index++) bus.publish(`message ${index}`)
    await delay(200)
    expect(bus.isUp).toBe(true)
    expect(Reflect.get(client, 'offlineQueue')).toHaveLength(0)
    await bus.close()
    client.disconnect()
  })

  test('a client that the app has closed harms nobody', async () => {
    const client = await createClient({ url: REDIS_URL }).connect()
    const log = keptLog()
    const bus = await redisBus({ connect: client, logger: log })
    await bus.listen(
      () => {},
      () => {},
    )
    client.destroy()
    bus.publish('news')
    await expect.poll(() => log.lines).toEqual([expect.stringContaining('not connected')])
    await bus.close()
  })
}
