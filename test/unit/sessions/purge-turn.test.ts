import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createUserSessions, type UserSessions } from '../../../src/index.js'
import { PURGE_TURN } from '../../../src/sessions/purge-turn.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import type { Storage } from '../../../src/storage/storage.js'
import { DAY, HOUR, Stage } from '../../../src/testing/storage/stage.js'

const SECRET = 'a secret of at least 32 characters'
const quiet = { warn() {}, error() {} }

let storage: Storage
let stage: Stage
/** Who purged, in order, one entry a chunk. */
let purges: string[]
let nodes: UserSessions[]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  let now = () => 0
  storage = memoryStorage({ clock: () => now() })
  stage = new Stage(storage)
  now = () => stage.now
  purges = []
  nodes = []
})
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()))
  vi.useRealTimers()
})

/** A process on the one storage, which stays open when it closes. */
async function start(name: string, change: Partial<Storage> = {}): Promise<UserSessions> {
  const own: Storage = {
    ...storage,
    async purge(before, limit) {
      purges.push(name)
      return storage.purge(before, limit)
    },
    async close() {},
    ...change,
  }
  const node = await createUserSessions({ storage: own, secret: SECRET, clock: () => stage.now, logger: quiet })
  nodes.push(node)
  return node
}

/** Lets time go by, for the clock and the timers alike. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 60_000) {
    stage.now += Math.min(left, 60_000)
    await vi.advanceTimersByTimeAsync(Math.min(left, 60_000))
  }
}

test('of several processes that share a storage, one purges per interval', async () => {
  for (const name of ['a', 'b', 'c']) {
    await start(name)
    await pass(7 * 60_000)
  }
  await pass(5 * HOUR)
  expect(purges).toEqual(['a', 'a', 'a', 'a', 'a', 'a'])
})

test('when the one that purges is gone, another takes over after an interval', async () => {
  const first = await start('a')
  await start('b')
  await pass(2 * HOUR)
  await first.close()
  purges.length = 0
  await pass(2 * HOUR)
  expect(purges).toEqual(['b', 'b'])
})

test('processes that are replaced before their interval is over purge all the same, once per interval', async () => {
  for (let life = 0; life < 8; life++) {
    const node = await start(`life ${life}`)
    await pass(HOUR / 2)
    await node.close()
  }
  expect(purges).toEqual(['life 0', 'life 2', 'life 4', 'life 6'])
})

test('everyone.purge waits for nobody’s turn', async () => {
  await start('a')
  const b = await start('b')
  await stage.signIn('ada')
  await pass(HOUR)
  stage.now += 40 * DAY
  expect(await b.everyone.purge()).toBe(1)
  expect(purges.at(-1)).toBe('b')
})

test('a purge that takes longer than an interval keeps its turn, and begins no second one', async () => {
  let chunks = 0
  await start('a', {
    async purge() {
      purges.push('a')
      await new Promise((done) => setTimeout(done, HOUR / 3))
      return ++chunks < 12 ? 1000 : 0
    },
  })
  await start('b')
  await pass(4 * HOUR + 120_000)
  expect(purges).toEqual(Array(12).fill('a'))
})

test('a purge whose turn another took ends with its chunk', async () => {
  await start('a', {
    async purge() {
      purges.push('a')
      await storage.meta(PURGE_TURN, { value: `${stage.now} another` })
      stage.now += HOUR / 2
      return 1000
    },
  })
  await pass(60_000)
  expect(purges).toEqual(['a'])
})

test('closing does not wait for a long purge', async () => {
  const node = await start('a', {
    async purge() {
      purges.push('a')
      void node.close()
      return 1000
    },
  })
  await pass(60_000)
  await node.close()
  expect(purges).toEqual(['a'])
})

test('a turn that was written by a clock far ahead, or by nobody knows whom, keeps nobody from purging', async () => {
  for (const turn of [`${stage.now + 400 * DAY} a`, 'nonsense', '']) {
    await storage.meta(PURGE_TURN, { value: turn })
    const node = await start('b')
    await pass(60_000)
    await node.close()
  }
  expect(purges).toEqual(['b', 'b', 'b'])
})

test('an ended record stays for the whole retention after its session would have run out, and a day at most beyond it', async () => {
  const node = await start('a')
  const { id, expiresAt } = await stage.signIn('ada', { expiresAt: stage.now + 10 * DAY })
  await storage.end('ada', { ids: [id] }, stage.how())
  stage.now = expiresAt + 30 * DAY
  expect(await node.everyone.purge()).toBe(0)
  stage.now += DAY + 1
  expect(await node.everyone.purge()).toBe(1)
})
