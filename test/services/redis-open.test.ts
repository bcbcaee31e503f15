import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStorage, type StorageInput } from '../../src/storage/open-storage.js'
import { openRedisUrl } from '../../src/storage/redis/open-redis.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { keptLog } from '../spec/kept-log.js'
import { canStartRedis, RedisCluster } from './redis-cluster.js'
import { OwnRedis } from './redis-own.js'
import { useEverything } from './use-everything.js'

describe.runIf(canStartRedis())('a storage on Redis', () => {
  let server: OwnRedis
  beforeAll(async () => {
    server = await OwnRedis.start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const connections = async () => String(await server.tell(['CLIENT', 'LIST'])).match(/^id=/gm)?.length ?? 0
  const refusal = (input: unknown): Promise<unknown> =>
    openStorage(input as StorageInput).catch((error: unknown) => error)

  test('with a URL has a client of its own, closed with it; the app’s own stays open', async () => {
    const before = await connections()
    const own = await openStorage(server.url)
    expect(own.name).toBe('redis')
    expect(await connections()).toBe(before + 1)
    await own.close()
    await own.close()
    await expect.poll(connections).toBe(before)
    const client = await createClient({ url: server.url }).connect()
    const storage = await openStorage(client)
    await storage.close()
    await expect(storage.list('alice')).rejects.toMatchObject({ code: 'closed' })
    expect(await client.ping()).toBe('PONG')
    client.destroy()
  })

  test('keeps all its keys under its prefix, in one slot for each user, and those of two prefixes apart', async () => {
    await server.tell(['FLUSHALL'])
    const shop: Stage = new Stage(await openStorage(server.url, { tablePrefix: 'shop_', clock: () => shop.now }))
    const other = await openStorage(server.url, { tablePrefix: 'shop_0' })
    await useEverything(shop)
    await shop.signIn('a:b:{c}')
    expect(await other.list('a:b:{c}')).toEqual([])
    const keys = await server.tell(['KEYS', '*'])
    if (!Array.isArray(keys)) throw new Error('There are no keys.')
    expect(keys.length).toBeGreaterThan(5)
    for (const key of keys) expect(key).toMatch(/^\{shop_:(\d\d|meta)\}/)
    await shop.storage.close()
    await other.close()
  })

  test('that is not there is storage_unavailable within seconds, and no password is shown', async () => {
    const url = Object.assign(new URL(server.url), { port: '1', password: 'hunter2' }).href
    const before = performance.now()
    const error = await refusal(url)
    expect(error).toMatchObject({ code: 'storage_unavailable' })
    expect(`${error}${JSON.stringify(error)}`).not.toContain('hunter2')
    expect(performance.now() - before).toBeLessThan(6000)
  })

  test('with a password that is wrong is storage_unavailable', async () => {
    await using locked = await OwnRedis.start({ maxclients: '100' })
    await locked.tell(['CONFIG', 'SET', 'requirepass', 'right'])
    expect(await refusal(locked.url)).toMatchObject({ code: 'storage_unavailable' })
    const url = Object.assign(new URL(locked.url), { password: 'hunter2' }).href
    expect(await refusal(url)).toMatchObject({
      code: 'storage_unavailable',
      message: expect.not.stringContaining('hunter2'),
    })
  })

  test('with a URL that cannot be read says how to write one, and shows none', async () => {
    for (const url of ['redis://app:hunt/er2@db:6379', 'redis://', 'redis://db:port', 'redis://db/hunter2']) {
      const error = await refusal(url)
      expect(error, url).toMatchObject({ code: 'storage_url_unknown', message: expect.stringContaining('%2F') })
      expect(String(error)).not.toMatch(/hunt|er2/)
    }
  })

  test('without the package redis says what to install', async () => {
    await expect(openRedisUrl(server.url, {}, 'no-such-driver')).rejects.toMatchObject({
      code: 'storage_driver_missing',
      message: expect.stringMatching(/npm install redis/),
    })
    await expect(openRedisUrl(server.url, {}, 'node:path')).rejects.toMatchObject({ code: 'storage_driver_missing' })
  })

  test('with a client that the app never connected, or has closed, says so at once', async () => {
    const never = createClient({ url: server.url })
    const closed = await createClient({ url: server.url }).connect()
    closed.destroy()
    const ended = new Redis(server.url)
    await ended.ping()
    ended.disconnect()
    await expect.poll(() => ended.status).toBe('end')
    for (const client of [never, closed, ended]) {
      const before = performance.now()
      const message = expect.stringContaining('connect()')
      expect(await refusal(client)).toMatchObject({ code: 'storage_unavailable', message })
      expect(performance.now() - before).toBeLessThan(1000)
    }
  })

  test('with what is no client of these is a TypeError that says what would be', async () => {
    const callbacks = { on() {}, get() {}, set() {}, connected: true }
    const publisher = { isReady: true, isOpen: true, publish() {}, duplicate() {} }
    for (const input of [callbacks, publisher, createClient]) {
      const error = await refusal(input)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toMatch(/client of redis or ioredis/)
    }
  })

  test('with a client that is connecting just now waits for it', async () => {
    const client = createClient({ url: server.url })
    const connected = client.connect()
    const storage = await openStorage(client)
    expect(await storage.list('alice')).toEqual([])
    await connected
    client.destroy()
  })

  test('with a client that connects to a replica, or to one node of a cluster, says what to connect to', async () => {
    await using replica = await OwnRedis.start({ replicaof: `127.0.0.1 ${server.port}` })
    expect(await refusal(replica.url)).toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringMatching(/master/),
    })
    await using cluster = await RedisCluster.start()
    expect(await refusal(`redis://127.0.0.1:${cluster.ports[0]}`)).toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringMatching(/client of the cluster/),
    })
  })

  test('with a table prefix that is none is refused, and leaves no connection', async () => {
    const before = await connections()
    for (const tablePrefix of ['', 'a}b', 'User_', 'a:b']) {
      await expect(openStorage(server.url, { tablePrefix })).rejects.toMatchObject({ code: 'option_invalid' })
    }
    await expect.poll(connections).toBe(before)
  })

  test('that may drop records is warned of, with what to set; a server that says nothing of itself is not', async () => {
    const warned = async () => {
      const log = keptLog()
      await (await openStorage(server.url, { logger: log })).close()
      return log.lines
    }
    expect(await warned()).toEqual([])
    await server.tell(['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'])
    const mend = 'CONFIG SET maxmemory-policy noeviction'
    expect(await warned()).toEqual([expect.stringMatching(`allkeys-lru.*drops records.*${mend}`)])
    await server.tell(['CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl'])
    expect(await warned()).toEqual([expect.stringMatching(`volatile-ttl.*drops the receipts.*${mend}`)])
    await server.tell(['ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '+@all', '-info', '-config'])
    const url = Object.assign(new URL(server.url), { username: 'app', password: 'secret' }).href
    const log = keptLog()
    const storage = await openStorage(url, { logger: log })
    expect(log.lines).toEqual([])
    await storage.block('alice', true)
    await storage.close()
    await server.tell(['CONFIG', 'SET', 'maxmemory-policy', 'noeviction'])
  })

  test('whose user may not run scripts is storage_unavailable, and says what it needs', async () => {
    await server.tell(['ACL', 'SETUSER', 'weak', 'on', '>secret', '~*', '+@all', '-@scripting'])
    const url = Object.assign(new URL(server.url), { username: 'weak', password: 'secret' }).href
    expect(await refusal(url)).toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('+@scripting'),
    })
  })
})
