import { randomBytes } from 'node:crypto'
import type { Store } from 'express-session'
import { createClient } from 'redis'
import { openStorage, type SessionRecord, type Storage } from '../../src/index.js'
import { Statements } from '../statements.js'
import {
  type AppStore,
  type BareRecords,
  type BenchStorage,
  DAY,
  EXPIRES,
  IP,
  idOf,
  NOW,
  USER_AGENT,
} from './bench-storage.js'
import { opening } from './opening.js'

const URL = process.env.USERSESSIONS_TEST_REDIS ?? 'redis://127.0.0.1:6379'
const SIDE_BY_SIDE = 500
const CONNECT_REDIS = 'connect-redis'

type Client = ReturnType<typeof connect>

/** Redis, under a prefix of its own; its app keeps sessions with connect-redis. */
export function openRedis(): Promise<BenchStorage> {
  return opening(async (atEnd) => {
    const tablePrefix = `usersessions_bench_${randomBytes(4).toString('hex')}_`
    const client = connect()
    await client.connect()
    atEnd(() => client.close())
    atEnd(() => removeAll(client, tablePrefix))
    const other = await openStorage(URL, { tablePrefix })
    atEnd(() => other.close())
    const statements = new Statements()
    const heard = connect()
    await heard.connect()
    atEnd(() => heard.close())
    const storage = await openHeard(heard, statements, tablePrefix)
    atEnd(() => storage.close())
    return {
      name: 'redis',
      storage,
      statements,
      bare: bareRecords(client, other, tablePrefix),
      maxRows: 200_000,
      openAppStore: () => openRedisStore(client, tablePrefix),
    }
  })
}

/** A storage whose commands are counted as they leave. */
function openHeard(client: Client, statements: Statements, tablePrefix: string): Promise<Storage> {
  const sendCommand: unknown = Reflect.get(client, 'sendCommand')
  if (typeof sendCommand !== 'function') throw new TypeError('The client of redis sends no commands.')
  Reflect.set(client, 'sendCommand', (args: readonly string[], ...rest: unknown[]) => {
    statements.hear(args[0] ?? '')
    return Reflect.apply(sendCommand, client, [args, ...rest])
  })
  return Reflect.apply(openStorage, undefined, [client, { tablePrefix }])
}

function connect() {
  const client = createClient({ url: URL, socket: { reconnectStrategy: false } })
  client.on('error', () => {})
  return client
}

async function removeAll(client: Client, prefix: string): Promise<void> {
  for await (const keys of client.scanIterator({ MATCH: `*${prefix}*`, COUNT: 1000 })) {
    if (keys.length > 0) await client.unlink(keys)
  }
}

/** What a driver does by itself: one hash for each user, a field for each session; no index, no tombstone, no script. */
function bareRecords(client: Client, other: Storage, prefix: string): BareRecords {
  const hash = (userId: string) => `${prefix}bare:${userId}`
  const write = (record: SessionRecord) => client.hSet(hash(record.userId), record.id, JSON.stringify(record))
  return {
    async fill({ rows, halfStale = false }) {
      for (let from = 0; from < rows; from += SIDE_BY_SIDE) {
        const numbers = Array.from({ length: Math.min(SIDE_BY_SIDE, rows - from) }, (_, each) => from + each)
        await Promise.all(numbers.map((index) => other.record(made(index, halfStale && index < rows / 2))))
      }
    },
    async insert(records) {
      await Promise.all(records.map((record) => other.record(record)))
    },
    async mirror(records) {
      await Promise.all(records.map(write))
    },
    async insertOne(record) {
      await write(record)
    },
    list: async (userId) => (await client.hVals(hash(userId))).map((text) => JSON.parse(text)).length,
    async endOthers(userId, id) {
      const fields = (await client.hKeys(hash(userId))).filter((field) => field !== id)
      if (fields.length > 0) await client.hDel(hash(userId), fields)
    },
    async touch(rows, at) {
      await Promise.all(
        rows.map((index) =>
          client
            .multi()
            .hSet(hash(`user ${index}`), 'seen', at)
            .expire(hash(`user ${index}`), 2_592_000)
            .execAsPipeline(),
        ),
      )
    },
    live: async (userId) => (await other.list(userId)).length,
    count: async () => undefined,
    settle: async () => {},
  }
}

function made(index: number, isStale: boolean): SessionRecord {
  const expiresAt = isStale ? NOW - DAY - (index % 60) * DAY : EXPIRES
  return {
    ...{ id: idOf(index), userId: `user ${index}`, keyHash: randomBytes(32), sealedKey: randomBytes(65) },
    ...{ ip: IP, userAgent: USER_AGENT, hints: null, knownClients: null, name: null, data: null },
    ...{ createdAt: NOW, lastSeenAt: NOW, authenticatedAt: NOW, expiresAt },
    ...{ endedAt: null, endReason: null, endedBy: null },
  }
}

async function openRedisStore(client: Client, tablePrefix: string): Promise<AppStore> {
  const { RedisStore }: { RedisStore: new (options: object) => Store } = await import(CONNECT_REDIS)
  const statements = new Statements()
  const prefix = `${tablePrefix}sess:`
  const store = new RedisStore({ client: counted(client, statements), prefix })
  const existing = async (keys: readonly string[]) => {
    const has = await Promise.all(keys.map((key) => client.exists(prefix + key)))
    return has.reduce((sum, each) => sum + each, 0)
  }
  return {
    name: 'connect-redis',
    store,
    statements,
    async fill(keys, userId) {
      const sess = JSON.stringify({ cookie: { originalMaxAge: DAY }, userId })
      await Promise.all(
        keys.map((key) => client.set(prefix + key, sess, { expiration: { type: 'EX', value: 86_400 } })),
      )
    },
    existing,
    async destroy(keys) {
      await Promise.all(keys.map((key) => client.del(prefix + key)))
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** Counts round trips: commands that are asked in one go are written in one. */
function counted(client: Client, statements: Statements): object {
  let isCounted = false
  const hear = (name: string) => {
    if (isCounted) return
    isCounted = true
    statements.hear(name)
    queueMicrotask(() => {
      isCounted = false
    })
  }
  const heard = <Args extends readonly unknown[], Answer>(name: string, run: (...args: Args) => Answer) => {
    return (...args: Args): Answer => {
      hear(name)
      return run(...args)
    }
  }
  return {
    get: heard('get', (key: string) => client.get(key)),
    set: heard('set', (key: string, value: string, options?: object) => client.set(key, value, options)),
    exists: heard('exists', (key: string) => client.exists(key)),
    expire: heard('expire', (key: string, seconds: number) => client.expire(key, seconds)),
    del: heard('del', (key: string | string[]) => client.del(key)),
  }
}
