import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStorage } from '../../src/index.js'
import { hasMariadb, TestDatabase } from '../services/mariadb-server.js'
import { hasPostgres, TestSchema } from '../services/postgres-server.js'
import { canStartRedis } from '../services/redis-cluster.js'
import { OwnRedis } from '../services/redis-own.js'
import { hasRedis, REDIS_URL } from '../services/redis-server.js'
import { Browser } from '../spec/browser.js'

const SCHEDULES = Number(process.env.SCHEDULES ?? 1000)
const MAX_STALENESS = 150
/** For a busy machine: what is promised is not measured here. */
const ALLOWANCE = 350
const AT_ONCE = 40
const KINDS = ['read', 'save', 'rekey'] as const

interface Setting {
  readonly storage: string
  readonly store: { readonly folder: string } | { readonly url: string }
  readonly bus?: string
  /** Whether the app's store still has the key. */
  readonly has: (key: string) => Promise<boolean>
  close(): Promise<void>
}

class Nodes {
  readonly #children: ChildProcess[] = []
  readonly urls: string[] = []

  async start({ storage, store, bus }: Setting): Promise<void> {
    const script = fileURLToPath(new URL('./node-app.mjs', import.meta.url))
    for (let node = 0; node < 2; node++) {
      const child = fork(script, [JSON.stringify({ storage, store, bus, maxStaleness: MAX_STALENESS })])
      this.#children.push(child)
      const [{ port }] = await once(child, 'message')
      this.urls.push(`http://127.0.0.1:${port}`)
    }
  }

  stop(): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }

  /** A browser on one of the nodes, with the cookies of another. */
  on(node: number, like?: Browser): Browser {
    const browser = new Browser(this.urls[node] ?? '')
    for (const [name, value] of like?.cookies ?? []) browser.cookies.set(name, value)
    return browser
  }

  /** Signed in, and met by both. */
  async signIn(user: string): Promise<{ readonly browser: Browser; readonly key: string }> {
    const browser = this.on(0)
    const response = await browser.request(`/login?user=${user}`, { method: 'POST' })
    const { key } = Object(await response.json())
    for (const node of [0, 1]) expect((await this.on(node, browser).get('/me')).status).toBe(200)
    return { browser, key: String(key) }
  }

  async end(node: number, user: string): Promise<void> {
    await this.on(node).post(`/end?user=${user}`)
  }

  /** After the end has been answered and its time is over: neither admitted nor left, under no key. */
  async check(browsers: readonly Browser[], keys: readonly string[], has: Setting['has'], what: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, MAX_STALENESS + ALLOWANCE))
    for (const browser of browsers) {
      for (const node of [0, 1]) {
        expect((await this.on(node, browser).get('/me')).status, `${what}: is it admitted on node ${node}?`).toBe(401)
      }
    }
    for (const key of keys) expect(await has(key), `${what}: is the key left in the store?`).toBe(false)
  }
}

/** Seeded, so that a failure can be run again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return Math.floor((state / 4_294_967_296) * below)
  }
}

function matrix(name: string, open: () => Promise<Setting>, schedules = SCHEDULES): void {
  describe(`two processes on ${name}: nothing is admitted or left after the end and \`maxStaleness\``, () => {
    const nodes = new Nodes()
    let setting: Setting
    beforeAll(async () => {
      setting = await open()
      await nodes.start(setting)
    })
    afterAll(async () => {
      nodes.stop()
      await setting.close()
    })

    test.each(KINDS)('with a request that does a %s held on the other, or on the same', async (kind) => {
      for (const [held, ends] of [
        [0, 1],
        [1, 0],
        [0, 0],
      ] as const) {
        const user = `${kind} ${held} ${ends}`.replaceAll(' ', '-')
        const { browser, key } = await nodes.signIn(user)
        const gate = nodes.on(held)
        await gate.post(`/gate?id=${user}`)
        const arrived = gate.post(`/arrived?id=${user}`)
        const slow = nodes.on(held, browser)
        const request = slow.post(`/${kind}?gate=${user}`)
        await arrived
        await nodes.end(ends, user)
        await gate.post(`/open?id=${user}`)
        await request
        await nodes.check([browser, slow], [key], setting.has, user)
      }
    })

    test(`in ${schedules} random schedules`, async () => {
      const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
      const random = randomFrom(seed)
      for (let first = 0; first < schedules; first += AT_ONCE) {
        const several = Array.from({ length: Math.min(AT_ONCE, schedules - first) }, (_, index) => ({
          user: `user-${first + index}`,
          kinds: Array.from({ length: 1 + random(2) }, () => KINDS[random(3)] ?? 'read'),
          on: random(2),
          ms: random(30),
          ends: random(2),
          endsAfter: random(60),
        }))
        await Promise.all(several.map((one) => schedule(one, seed)))
      }
    })

    interface Schedule {
      readonly user: string
      readonly kinds: readonly string[]
      readonly on: number
      readonly ms: number
      readonly ends: number
      readonly endsAfter: number
    }

    async function schedule({ user, kinds, on, ms, ends, endsAfter }: Schedule, seed: number): Promise<void> {
      const { browser, key } = await nodes.signIn(user)
      const slow = kinds.map((kind, index) => {
        const one = nodes.on((on + index) % 2, browser)
        return { one, done: one.post(`/${kind}?ms=${ms}`) }
      })
      await new Promise((resolve) => setTimeout(resolve, endsAfter))
      await nodes.end(ends, user)
      await Promise.all(slow.map(({ done }) => done))
      const what = `SEED=${seed} ${JSON.stringify({ user, kinds, on, ms, ends, endsAfter })}`
      await nodes.check([browser, ...slow.map(({ one }) => one)], [key], setting.has, what)
    }
  })
}

/** Records in `storage`, and the app's own sessions in files. */
function withFiles(folder: string, storage: string, close: () => Promise<void>): Setting {
  const store = { folder: join(folder, 'sessions') }
  return {
    storage,
    store,
    has: async (key) => existsSync(join(store.folder, `${key}.json`)),
    async close() {
      await close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const makeFolder = () => mkdtempSync(join(tmpdir(), 'usersessions-nodes-'))

matrix('one SQLite file', async () => {
  const folder = makeFolder()
  const storage = `sqlite:${join(folder, 'records.db')}`
  await (await openStorage(storage, { migrate: true })).close()
  return withFiles(folder, storage, async () => {})
})

if (await hasMariadb()) {
  matrix('one MariaDB', async () => {
    const database = await TestDatabase.make()
    await (await openStorage(database.url, { migrate: true })).close()
    return withFiles(makeFolder(), database.url, () => database[Symbol.asyncDispose]())
  })
}

if (canStartRedis()) {
  matrix('one Redis, and sessions in files', async () => {
    const server = await OwnRedis.start()
    return withFiles(makeFolder(), server.url, () => server[Symbol.asyncDispose]())
  })
}

async function onPostgres(bus?: (url: string) => string): Promise<Setting> {
  const schema = await TestSchema.make()
  await (await openStorage(schema.url, { migrate: true })).close()
  return {
    storage: schema.url,
    store: { url: schema.url },
    ...(bus && { bus: bus(schema.url) }),
    async has(key) {
      const { rowCount } = await schema.admin.query('select 1 from session where sid = $1', [key])
      return rowCount !== 0
    },
    close: () => schema[Symbol.asyncDispose](),
  }
}

if (await hasPostgres()) {
  matrix('one PostgreSQL', () => onPostgres())
  const fewer = Math.ceil(SCHEDULES / 4)
  matrix('one PostgreSQL, with its bus', () => onPostgres((url) => url), fewer)
  if (await hasRedis()) matrix('one PostgreSQL, with a bus on Redis', () => onPostgres(() => REDIS_URL), fewer)
}
