import { once } from 'node:events'
import session from 'express-session'
import { Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { moveUser } from '../../src/storage/redis/move-user.js'
import { openRedisClient } from '../../src/storage/redis/open-redis.js'
import type { RedisPort } from '../../src/storage/redis/redis-port.js'
import { toRedisPort } from '../../src/storage/redis/to-redis-port.js'
import type { Storage } from '../../src/storage/storage.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { startApp } from '../spec/app.js'
import { Browser } from '../spec/browser.js'
import { keptLog } from '../spec/kept-log.js'
import { canStartRedis, RedisCluster } from './redis-cluster.js'
import { OwnRedis } from './redis-own.js'

const UNAVAILABLE = { code: 'storage_unavailable' }
/** So that a test of bounded time takes little of it. */
const patience = { connect: 300, answer: 500 }

describe.runIf(canStartRedis())('when Redis fails', () => {
  let server: OwnRedis
  const closers: (() => void)[] = []
  beforeEach(async () => {
    server = await OwnRedis.start()
  })
  afterEach(async () => {
    for (const close of closers.splice(0)) close()
    await server[Symbol.asyncDispose]()
  })

  const clients = {
    redis: async () => {
      const client = createClient({ url: server.url, socket: { reconnectStrategy: 20 } })
      client.on('error', () => {})
      await client.connect()
      closers.push(() => client.destroy())
      return client
    },
    ioredis: async () => {
      const client = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
      client.on('error', () => {})
      closers.push(() => client.disconnect())
      return client
    },
  }

  async function stageOn(client: unknown, wrap = (port: RedisPort): RedisPort => port): Promise<Stage> {
    const port = toRedisPort(client)
    if (!port) throw new Error('It is no client.')
    const stage: Stage = new Stage(await openRedisClient(wrap(port), { clock: () => stage.now, patience }))
    return stage
  }

  describe.each(Object.entries(clients))('with a client of %s', (_name, connect) => {
    test('a server that is stopped is storage_unavailable in bounded time, and all goes on when it is back', async () => {
      const stage = await stageOn(await connect())
      await stage.signIn('alice')
      await server.kill()
      const before = performance.now()
      await expect(stage.storage.end('alice', 'all', stage.how())).rejects.toMatchObject(UNAVAILABLE)
      await expect(stage.storage.list('alice')).rejects.toMatchObject(UNAVAILABLE)
      await expect(stage.storage.touch([touchOf(stage)])).rejects.toMatchObject(UNAVAILABLE)
      expect(performance.now() - before).toBeLessThan(5000)
      await server.run()
      await expect.poll(() => stage.storage.list('alice').catch(String), { timeout: 10_000 }).toEqual([])
      await stage.signIn('alice')
    })

    test('a server that is frozen is storage_unavailable: late once, then at once, and it is asked again', async () => {
      let sent = 0
      const stage = await stageOn(await connect(), (port) => ({
        ...port,
        command(key, args) {
          sent++
          return port.command(key, args)
        },
      }))
      await stage.signIn('alice')
      server.freeze()
      const before = performance.now()
      await expect(stage.storage.list('alice')).rejects.toMatchObject(UNAVAILABLE)
      expect(performance.now() - before).toBeGreaterThan(patience.answer - 50)
      sent = 0
      for (let n = 0; n < 200; n++) await expect(stage.storage.list('alice')).rejects.toMatchObject(UNAVAILABLE)
      // One a second; and these take less than two.
      expect(sent).toBeLessThan(3)
      server.thaw()
      const live = () => stage.liveIds('alice').then(({ length }) => length, String)
      await expect.poll(live, { timeout: 10_000 }).toBe(1)
    })

    test('scripts that the server has forgotten are sent again', async () => {
      const stage = await stageOn(await connect())
      const { id } = await stage.signIn('alice')
      await server.tell(['SCRIPT', 'FLUSH'])
      expect(await stage.storage.end('alice', { ids: [id] }, stage.how())).toHaveLength(1)
      await server.tell(['SCRIPT', 'FLUSH'])
      await Promise.all(Array.from({ length: 20 }, () => stage.storage.record(stage.fresh('alice'), stage.cap(3))))
      expect(await stage.liveIds('alice')).toHaveLength(3)
    })

    test('a connection that is killed while its answer is on the way leaves the session ended, whatever is told', async () => {
      const stage = await stageOn(await connect())
      for (let round = 0; round < 20; round++) {
        await stage.signIn('alice')
        const ending = stage.storage.end('alice', 'all', stage.how('app', { unsettled: true }))
        const [ended] = await Promise.allSettled([
          ending,
          server.tell(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']),
        ])
        if (ended.status === 'rejected') {
          expect(ended.reason).toMatchObject(UNAVAILABLE)
          await expect.poll(() => stage.storage.end('alice', 'all', stage.how()).then(() => true, String)).toBe(true)
        } else {
          expect(ended.value).toHaveLength(1)
        }
        await expect.poll(() => stage.liveIds('alice').catch(String)).toEqual([])
      }
    })
  })

  test('a change that a client sends twice is made once, and answered the same', async () => {
    const twice = (port: RedisPort): RedisPort => ({
      ...port,
      async command(key, args) {
        await port.command(key, args)
        return port.command(key, args)
      },
    })
    const stage = await stageOn(await clients.redis(), twice)
    const { storage } = stage
    const { id } = await stage.signIn('alice')
    const client = { ip: '203.0.113.7', userAgent: 'Agent/1.0', knownClients: null }
    expect(await storage.update('alice', id, { ip: '198.51.100.1' }, client)).toBe(true)
    const how = stage.how('user', { unsettled: true })
    expect(await storage.end('alice', 'all', how)).toHaveLength(1)
    expect((await storage.unsettled(stage.now + 1, 9))[0]?.ends).toBe(1)
    expect(await storage.rekey('alice', id, how.endingId, stage.next('new key'))).toBe(true)
    await stage.signIn('alice')
    expect((await storage.record(stage.fresh('alice'), stage.cap(1))).outcome).toBe('recorded')
    await storage.end('alice', 'all', stage.how('app', { unsettled: true }))
    await stage.signIn('alice')
    await storage.end('alice', 'all', stage.how('app', { unsettled: true }))
    await storage.settled('alice', { endedAt: stage.now })
    expect((await storage.unsettled(stage.now + 1, 9))[0]?.ends).toBe(2)
    expect(await storage.moveUser('alice', 'bob')).toBe(5)
    expect((await storage.unsettled(stage.now + 1, 9)).map(({ userId, ends }) => [userId, ends])).toEqual([['bob', 2]])
    expect(await storage.erase('bob')).toBe(5)
  })

  test('a move that a process left in the middle is finished by whoever comes by, at each of its steps', async () => {
    const { storage } = await stageOn(await clients.redis())
    for (let steps = 1; steps <= 6; steps++) {
      let left = steps
      const dying = (port: RedisPort): RedisPort => ({
        ...port,
        async command(key, args) {
          if (left <= 0) throw new Error('The process is dead.')
          const answer = await port.command(key, args)
          left--
          return answer
        },
      })
      const own = await stageOn(await clients.redis())
      const [from, to] = [`from ${steps}`, `to ${steps}`]
      const { id } = await own.signIn(from)
      const late = await own.signIn(from)
      await own.storage.end(from, { ids: [late.id] }, own.how('admin', { unsettled: true }))
      const broken = await brokenMove(own, dying, from, to)
      expect(broken).toMatch(steps < 6 ? /dead/ : /^2$/)
      // Whoever comes next does the move first. Only one of both users is held at first, and only the other at last.
      await own.storage.end(steps === 1 || steps === 3 ? from : to, { ids: [id] }, own.how('app'))
      expect(await storage.get(from, id), `${steps}`).toBeUndefined()
      expect((await storage.get(to, late.id))?.endReason).toBe('admin')
      expect((await storage.unsettled(own.now + 1, 99)).map(({ userId, ends }) => [userId, ends])).toContainEqual([
        to,
        1,
      ])
      await own.storage.end(to, 'all', own.how('app'))
      expect(await storage.list(to)).toEqual([])
      await own.storage.purge(own.now, 10)
    }
    expect(await server.tell(['KEYS', '*moving'])).toEqual([])
  })

  /** Begins a move that does no more than some of its steps, and tells how it went. */
  async function brokenMove(stage: Stage, dying: (port: RedisPort) => RedisPort, from: string, to: string) {
    const port = toRedisPort(await clients.redis())
    if (!port) throw new Error('It is no client.')
    const { RedisKeys } = await import('../../src/storage/redis/keys.js')
    const { scriptRunner } = await import('../../src/storage/redis/scripts.js')
    const { run } = scriptRunner(dying(port))
    const context = { run, keys: new RedisKeys('user_'), clock: () => stage.now }
    return moveUser(context, from, to).then(String, String)
  }

  test('nothing is left in the queue of a client that is away, to be done long after it was reported as failed', async () => {
    const client = new Redis(server.url, { retryStrategy: () => 60_000, maxRetriesPerRequest: null })
    client.on('error', () => {})
    closers.push(() => client.disconnect())
    const stage = await stageOn(client)
    client.disconnect(true)
    await once(client, 'reconnecting')
    const calls = Array.from({ length: 50 }, () => stage.storage.end('alice', 'all', stage.how()))
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: 'rejected', reason: UNAVAILABLE })
    }
    expect(Reflect.get(client, 'offlineQueue')).toHaveLength(0)
  })

  test('a node of a cluster that does not answer holds up its own users alone', async () => {
    await using cluster = await RedisCluster.start()
    const client = createCluster({ rootNodes: cluster.ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) })
    client.on('error', () => {})
    await client.connect()
    closers.push(() => client.destroy())
    const stage = await stageOn(client)
    const users = Array.from({ length: 30 }, (_, n) => `user ${n}`)
    for (const user of users) await stage.signIn(user)
    await cluster.tell(cluster.ports[0] ?? 0, ['CLIENT', 'PAUSE', '2500', 'ALL'])
    const look = () =>
      Promise.all(
        users.map((user) =>
          stage.liveIds(user).then(
            ({ length }) => length,
            () => 'away',
          ),
        ),
      )
    const first = await look()
    const away = first.filter((answer) => answer === 'away').length
    expect(away).toBeGreaterThan(2)
    expect(away).toBeLessThan(20)
    const before = performance.now()
    expect(await look()).toEqual(first)
    expect(performance.now() - before).toBeLessThan(patience.answer)
    await expect.poll(look, { timeout: 10_000, interval: 200 }).toEqual(users.map(() => 1))
  })

  test('a memory that is full is storage_unavailable for what adds to it, and says so', async () => {
    const stage = await stageOn(await clients.redis())
    await stage.signIn('alice')
    await server.tell(['CONFIG', 'SET', 'maxmemory', '1mb'])
    await expect(stage.storage.record(stage.fresh('alice'))).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringContaining('raise maxmemory'),
    })
    expect(await stage.liveIds('alice')).toHaveLength(1)
  })

  test('a server that comes back empty signs nobody out, and its records are made anew', async () => {
    const store = new session.MemoryStore()
    const log = keptLog()
    const storage = await openStorage(await clients.redis())
    await using app = await startApp({
      store,
      sessions: { storage, logger: log, maxStaleness: 1000, trackActivity: true },
    })
    const people = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const browser = new Browser(app.url)
        await browser.signIn(`user ${n}`)
        return browser
      }),
    )
    const id = await storage.meta('storage_id')
    await server.tell(['FLUSHALL'])
    // Another process that starts meanwhile, and has nothing in memory.
    await using other = await startApp({
      store,
      sessions: { storage: await openStorage(await clients.ioredis()), logger: log },
    })
    expect(await storage.meta('storage_id')).not.toBe(id)
    for (const browser of people.slice(0, 15)) expect((await browser.json('/me')).status).toBe(200)
    for (const browser of people) {
      const there = new Browser(other.url)
      for (const [name, value] of browser.cookies) there.cookies.set(name, value)
      expect((await there.json('/me')).status).toBe(200)
    }
    await expect.poll(async () => (await sessionsOf(storage)).length).toBe(30)
    for (const browser of people) expect((await browser.json('/me')).status).toBe(200)
    expect(app.sessions.refusals).toEqual({})
    expect(log.lines).toEqual([])
  })

  test('a process that has forgotten its users asks what storage this is before it takes a record for purged', async () => {
    const store = new session.MemoryStore()
    const storage = await openStorage(await clients.redis())
    await using app = await startApp({ store, sessions: { storage, cacheSize: 100 } })
    const ada = new Browser(app.url)
    await ada.signIn('ada')
    for (let n = 0; n < 100; n++) await new Browser(app.url).signIn(`other ${n}`)
    // No poll comes in between: the process still believes in the storage that it knew.
    await server.tell(['FLUSHALL'])
    expect((await ada.json('/me')).body).toEqual({ user: 'ada', reason: null })
    await expect.poll(async () => (await storage.list('ada')).length).toBe(1)
  })
})

function touchOf(stage: Stage) {
  return { userId: 'alice', id: stage.id(), lastSeenAt: stage.now, expiresAt: stage.now }
}

async function sessionsOf(storage: Storage) {
  return storage.search({ limit: 100 })
}
