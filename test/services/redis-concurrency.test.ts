import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../src/session.js'
import { openStorage } from '../../src/storage/open-storage.js'
import { bucketOf, RedisKeys } from '../../src/storage/redis/keys.js'
import type { Storage } from '../../src/storage/storage.js'
import { HOUR, Stage } from '../../src/testing/storage/stage.js'
import { canStartRedis } from './redis-cluster.js'
import { OwnRedis } from './redis-own.js'

describe.runIf(canStartRedis())('side by side on Redis', () => {
  let server: OwnRedis
  let stage: Stage
  const nodes: Storage[] = []
  const clients: { destroy(): void }[] = []
  const node = (n: number): Storage => nodes[n % nodes.length] ?? stage.storage

  beforeAll(async () => {
    server = await OwnRedis.start()
    for (let n = 0; n < 4; n++) {
      const client = await createClient({ url: server.url }).connect()
      clients.push(client)
      nodes.push(await openStorage(client, { clock: () => stage.now }))
    }
    const [first] = nodes
    if (!first) throw new Error('There is no node.')
    stage = new Stage(first)
  })
  afterAll(async () => {
    for (const client of clients) client.destroy()
    await server[Symbol.asyncDispose]()
  })

  test('fifty sign-ins on four connections never exceed the cap, and each eviction is told once', async () => {
    let peak = 0
    const told: string[] = []
    const signIns = Array.from({ length: 50 }, async (_, n) => {
      const recorded = await node(n).record(stage.fresh('alice'), stage.cap(5))
      if (recorded.outcome === 'recorded') told.push(...recorded.evicted.map(({ id }) => id))
      peak = Math.max(peak, (await stage.liveIds('alice')).length)
    })
    await Promise.all(signIns)
    expect(peak).toBe(5)
    expect(await stage.liveIds('alice')).toHaveLength(5)
    expect(new Set(told).size).toBe(45)
    expect(told).toHaveLength(45)
  })

  test('nodes that touch the same sessions leave the latest of all they wrote', async () => {
    const sessions: SessionRecord[] = []
    for (let n = 0; n < 60; n++) sessions.push(await stage.signIn(`user ${n % 7}`))
    const { now } = stage
    const touches = (by: number) =>
      sessions.map(({ userId, id }) => ({ userId, id, lastSeenAt: now + by, expiresAt: now + 2 * HOUR - by }))
    for (const orders of [
      [5, 40, 10],
      [39, 1],
    ]) {
      const writing = orders.map((by, n) => node(n).touch(n % 2 ? touches(by).reverse() : touches(by)))
      expect((await Promise.all(writing)).flat()).toEqual([])
    }
    for (const { userId, id } of sessions) {
      expect(await stage.storage.get(userId, id)).toMatchObject({ lastSeenAt: now + 40, expiresAt: now + 2 * HOUR - 1 })
    }
  })

  test('a touch that meets an end or an erasure leaves no session alive, and nothing behind', async () => {
    for (let round = 0; round < 30; round++) {
      const user = `touched ${round}`
      const { id } = await stage.signIn(user)
      const touch = () =>
        node(round).touch([{ userId: user, id, lastSeenAt: stage.now + 9, expiresAt: stage.now + HOUR }])
      const done = round % 2 ? node(round + 1).erase(user) : node(round + 1).end(user, 'all', stage.how())
      await Promise.all([touch(), done, touch(), touch()])
      expect(await stage.liveIds(user)).toEqual([])
      expect(await touch()).toHaveLength(1)
      if (round % 2) expect(await server.tell(['KEYS', `*:${user}`])).toEqual([])
    }
  })

  test('a reader of changes misses no end of many, whatever it reads in between, and is told of none twice', async () => {
    const users = Array.from({ length: 200 }, (_, n) => `told ${n}`)
    for (const user of users) await stage.signIn(user)
    let { cursor } = await stage.storage.changedSince()
    const told: string[] = []
    const poll = async () => {
      const changed = await node(1).changedSince(cursor)
      cursor = changed.cursor
      told.push(...changed.users)
    }
    let ending = true
    const ends = Promise.all(users.map((user, n) => node(n).end(user, 'all', stage.how()))).then(() => {
      ending = false
    })
    while (ending) await poll()
    await ends
    await poll()
    expect(told.sort()).toEqual(users.sort())
  })

  test('a server whose clock went back tells of later ends all the same', async () => {
    const log = new RedisKeys('user_').ofBucket(bucketOf('late'), 'log')
    await stage.signIn('late')
    await server.tell(['ZADD', log, String(Date.now() + HOUR), 'somebody'])
    const { cursor } = await stage.storage.changedSince()
    await stage.storage.end('late', 'all', stage.how())
    expect((await node(1).changedSince(cursor)).users).toEqual(['late'])
  })

  test('users who are moved to and fro while they sign in and out lose no record, and no end', async () => {
    const people = ['ada', 'bob', 'cleo']
    const made: string[] = []
    const ended = new Set<string>()
    for (let round = 0; round < 25; round++) {
      const pick = (n: number) => people[(round + n) % 3] ?? ''
      const work = people.flatMap((user, n) => [
        node(n).moveUser(user, pick(n + 1)),
        node(n + 1).moveUser(pick(n + 1), user),
        node(n + 2)
          .record(stage.fresh(user))
          .then((recorded) => {
            if (recorded.outcome === 'recorded') made.push(recorded.record.id)
          }),
        node(n + 3)
          .end(user, 'all', stage.how())
          .then((records) => {
            for (const { id } of records) ended.add(id)
          }),
        node(n)
          .end(user, 'all', stage.how('switched', { release: true }))
          .then((records) => {
            for (const { id } of records) ended.add(id)
          }),
        node(n).purge(stage.now, 10),
      ])
      await Promise.all(work)
      stage.now++
    }
    const all = await stage.storage.search({ limit: 1000 })
    const theirs = all.filter(({ userId }) => people.includes(userId))
    expect(theirs.map(({ id }) => id).sort()).toEqual(made.sort())
    for (const { id, endedAt } of theirs) expect(endedAt !== null, id).toBe(ended.has(id))
    expect(await server.tell(['KEYS', '*moving'])).toEqual([])
  })
})
