import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { openStorage, type Storage } from '../../src/index.js'
import { hasPostgres, TestSchema } from '../services/postgres-server.js'
import { Browser } from '../spec/browser.js'

/** Over both storages. */
const KILLS = Number(process.env.KILLS ?? 200)
const TOUCH = 60
const FLUSH = 20
/** A busy machine is late with a timer. */
const LATE = 200

const NETWORKS = ['203.0.113', '198.51.100', '192.0.2', '100.200.1', '101.201.2', '102.202.3', '103.203.4']

/** A session as those who use it know it: only by answers that came. */
interface Known {
  readonly id: string
  readonly user: string
  readonly browser: Browser
  readonly headers: Record<string, string>
  /** Clients that were seen by an answered visit, the last one at the end. */
  readonly clients: string[]
  /** Answered visits since the process began. */
  visits: number[]
  /** What of them may not be lost any more. */
  durableAt: number
  lastSeenAt: number
  state: 'live' | 'ended' | 'unknown'
}

/** Seeded, so that a failure can be run again. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

class Oracle {
  readonly sessions: Known[] = []
  #child: ChildProcess | undefined
  #url = ''
  #count = 0

  constructor(
    private readonly given: { readonly storage: string; readonly folder: string; readonly events: string },
    private readonly random: () => number,
  ) {}

  async start(): Promise<void> {
    const script = fileURLToPath(new URL('./kill-app.mjs', import.meta.url))
    const options = { ...this.given, touchInterval: TOUCH, flushInterval: FLUSH }
    this.#child = fork(script, [JSON.stringify(options)])
    const [{ port }] = await once(this.#child, 'message')
    this.#url = `http://127.0.0.1:${port}`
  }

  /** Ends the process wherever it is. */
  async kill(): Promise<void> {
    if (!this.#child) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    const durable = Date.now() - TOUCH - FLUSH - LATE
    await exited
    for (const one of this.sessions) {
      one.durableAt = Math.max(one.durableAt, ...one.visits.filter((at) => at <= durable))
      one.visits = []
    }
    this.#child = undefined
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.random() * items.length)]
  }

  /** Things that people do, several at once, until the process is gone. */
  async live(milliseconds: number): Promise<void> {
    const until = Date.now() + milliseconds
    const person = async () => {
      while (Date.now() < until) await this.#act().catch(() => {})
    }
    const people = Promise.all(Array.from({ length: 4 }, person))
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    await this.kill()
    await people
  }

  async #act(): Promise<void> {
    const dice = this.random()
    const live = this.sessions.filter(({ state }) => state === 'live')
    if (live.length < 4 || dice < 0.05) return await this.#signIn()
    const one = this.#pick(live)
    if (!one) return
    if (dice < 0.12) return await this.#end(one)
    const there = one.clients.at(-1) ?? ''
    const elsewhere = `${this.#pick(NETWORKS)}.${1 + Math.floor(this.random() * 3)}`
    await this.visit(one, dice < 0.3 ? elsewhere : there)
  }

  async #signIn(): Promise<void> {
    const user = `user ${this.#count++ % 3}`
    const headers = { 'x-forwarded-for': `${NETWORKS[0]}.1`, 'user-agent': 'curl/8.5.0' }
    const browser = this.#browser(headers)
    const response = await browser.request(`/login?user=${encodeURIComponent(user)}`, { method: 'POST' })
    const id = String(Reflect.get(Object(await response.json()), 'id'))
    const now = Date.now()
    const clients = [headers['x-forwarded-for']]
    this.sessions.push({
      id,
      user,
      browser,
      headers,
      clients,
      visits: [now],
      durableAt: 0,
      lastSeenAt: 0,
      state: 'live',
    })
  }

  async #end(one: Known): Promise<void> {
    const other = this.sessions.find(({ user, id, state }) => user === one.user && id !== one.id && state === 'live')
    if (!other) return
    one.state = 'unknown'
    const { status } = await this.#to(other).json('/api/auth/sessions', 'DELETE', { sessions: [one.id] })
    one.state = status === 200 ? 'ended' : 'live'
  }

  /** A visit whose answer came counts. */
  async visit(one: Known, ip: string): Promise<number> {
    const began = Date.now()
    const { status } = await this.#to(one, ip).get('/me')
    if (status === 200 && one.state === 'live') {
      one.visits.push(began)
      if (one.clients.at(-1) !== ip) one.clients.push(ip)
    }
    return status
  }

  #browser(headers: Record<string, string>): Browser {
    return new Browser(this.#url, headers)
  }

  /** The port is another one after each start; the cookies stay. */
  #to(one: Known, ip = one.clients.at(-1) ?? ''): Browser {
    const browser = this.#browser({ ...one.headers, 'x-forwarded-for': ip })
    for (const [name, value] of one.browser.cookies) browser.cookies.set(name, value)
    return browser
  }
}

function told(events: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of readFileSync(events, { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean)) {
    const [id, ip, grade] = JSON.parse(line)
    if (grade === 'network-roamed') continue
    const name = `${id} ${networkOf(ip)}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

function networkOf(ip: string): string {
  return ip.split('.').slice(0, 2).join('.')
}

/** Before the process is there again: what storage says, against what was answered. */
async function checkStorage(oracle: Oracle, storage: Storage): Promise<void> {
  for (const one of oracle.sessions) {
    const record = await storage.get(one.user, one.id)
    if (one.state === 'unknown') one.state = record?.endedAt === null ? 'live' : 'ended'
    expect(record, `the record of an answered sign-in, ${one.id}`).toBeDefined()
    expect(record?.endedAt === null, `${one.id} is ${one.state}`).toBe(one.state === 'live')
    expect(record?.lastSeenAt, 'last seen never goes back').toBeGreaterThanOrEqual(one.lastSeenAt)
    one.lastSeenAt = record?.lastSeenAt ?? 0
    if (one.state === 'live') expect(one.lastSeenAt).toBeGreaterThanOrEqual(one.durableAt)
  }
}

/** With the process there again: who is admitted, and what is told of the last clients once they come once more. */
async function checkApp(oracle: Oracle, storage: Storage): Promise<void> {
  for (const one of oracle.sessions) {
    const status = await oracle.visit(one, one.clients.at(-1) ?? '')
    expect(status, `${one.id} is ${one.state}`).toBe(one.state === 'live' ? 200 : 401)
  }
  for (const one of oracle.sessions.filter(({ state }) => state === 'live')) {
    const network = networkOf(one.clients.at(-1) ?? '')
    const written = async () => expect(networkOf((await storage.get(one.user, one.id))?.ip ?? '')).toBe(network)
    await vi.waitFor(written, { timeout: 5000 })
  }
}

async function run(storageUrl: string, kills: number): Promise<void> {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
  const folder = mkdtempSync(join(tmpdir(), 'usersessions-kill-'))
  const events = join(folder, 'events')
  const url = storageUrl.replace('FOLDER', folder)
  const storage = await openStorage(url, { migrate: true })
  const random = randomFrom(seed)
  const oracle = new Oracle({ storage: url, folder: join(folder, 'sessions'), events }, random)
  try {
    for (let kill = 0; kill < kills; kill++) {
      await oracle.start()
      if (kill > 0 && kill % 10 === 0) await checkApp(oracle, storage)
      await oracle.live(40 + random() * 500)
      await checkStorage(oracle, storage)
      // What has ended is not brought back by being looked at for ever.
      oracle.sessions.splice(0, Math.max(0, oracle.sessions.length - 40))
    }
    await oracle.start()
    await checkApp(oracle, storage)
    const counts = told(events)
    expect(counts.size).toBeGreaterThan(kills / 4)
    expect(
      [...counts].filter(([, times]) => times > 1),
      'changes that were told more than once',
    ).toEqual([])
  } catch (error) {
    throw new Error(`SEED=${seed}`, { cause: error })
  } finally {
    await oracle.kill()
    await storage.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

test.concurrent(`a process killed ${KILLS / 2} times loses no sign-in, no end, no client and no more last seen than it says: SQLite`, async () => {
  await run('sqlite:FOLDER/records.db', KILLS / 2)
})

if (await hasPostgres()) {
  test.concurrent(`a process killed ${KILLS / 2} times loses no sign-in, no end, no client and no more last seen than it says: PostgreSQL`, async () => {
    await using schema = await TestSchema.make()
    await run(schema.url, KILLS / 2)
  })
}
