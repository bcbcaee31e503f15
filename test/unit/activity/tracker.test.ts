import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Live } from '../../../src/activity/live.js'
import { Tracker } from '../../../src/activity/tracker.js'
import type { Touch } from '../../../src/storage/storage.js'
import { keptLog } from '../../spec/kept-log.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE
const START = Date.UTC(2026, 0, 15, 12)

let batches: Touch[][]
/** Answers a batch. */
let touch: (batch: readonly Touch[]) => Promise<Touch[]>
let untouched: string[]
let clients: string[]
let log: ReturnType<typeof keptLog>

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  batches = []
  touch = async () => []
  untouched = []
  clients = []
  log = keptLog()
})

afterEach(() => {
  vi.useRealTimers()
})

function makeTracker(config: { readonly trackActivity?: boolean; readonly cacheSize?: number } = {}): Tracker {
  return new Tracker({
    storage: {
      async touch(batch) {
        batches.push([...batch])
        return touch(batch)
      },
    },
    config: {
      trackActivity: true,
      touchInterval: MINUTE,
      flushInterval: 5 * SECOND,
      cacheSize: 1000,
      logger: log,
      clock: () => Date.now(),
      ...config,
    },
    untouched: (id) => untouched.push(id),
    async writeClient(live) {
      clients.push(live.id)
      live.stored = undefined
    },
  })
}

function session(id = 'a', lifetime = 30 * DAY): Live {
  const times = { createdAt: START, lastSeenAt: START, authenticatedAt: START, expiresAt: START + lifetime }
  const rest = { keyHash: new Uint8Array(32), sealedKey: null, name: null, data: null, hints: null, knownClients: null }
  const ending = { endedAt: null, endReason: null, endedBy: null }
  return new Live({ id, userId: 'ada', ip: null, userAgent: null, ...times, ...rest, ...ending }, `key of ${id}`)
}

function visit(tracker: Tracker, live: Live, lifetime = 30 * DAY): void {
  tracker.note(live, { at: Date.now(), expiresAt: Date.now() + lifetime })
}

/** Moves time on, with a visit each second. */
async function visitFor(tracker: Tracker, live: Live, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await vi.advanceTimersByTimeAsync(SECOND)
    visit(tracker, live)
  }
}

test('a session that is seen all the time is written once per `touchInterval`, with what was seen last', async () => {
  const tracker = makeTracker()
  await visitFor(tracker, session(), 600)
  expect(batches.length).toBeGreaterThanOrEqual(9)
  expect(batches.length).toBeLessThanOrEqual(10)
  const seen = batches.map(([one]) => (one?.lastSeenAt ?? 0) - START)
  for (const [index, at] of seen.entries()) expect(at - (seen[index - 1] ?? 0)).toBeGreaterThanOrEqual(MINUTE - SECOND)
})

test('nothing that was seen is longer unwritten than `touchInterval` and `flushInterval` together', async () => {
  const tracker = makeTracker()
  const live = session()
  for (let second = 0; second < 600; second++) {
    await vi.advanceTimersByTimeAsync(SECOND)
    visit(tracker, live)
    expect(live.unwrittenSeen).toBeLessThanOrEqual(65 * SECOND)
  }
})

test('a session seen once more after a pause is written with the next batch', async () => {
  const tracker = makeTracker()
  const live = session()
  await vi.advanceTimersByTimeAsync(10 * MINUTE)
  visit(tracker, live)
  await vi.advanceTimersByTimeAsync(10 * SECOND)
  expect(batches).toMatchObject([[{ id: 'a', lastSeenAt: START + 10 * MINUTE }]])
  expect(tracker.latest('a')).toBeUndefined()
})

test('sessions that come together go in one batch, of a thousand at most', async () => {
  const tracker = makeTracker({ cacheSize: 5000 })
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  for (let i = 0; i < 2500; i++) visit(tracker, session(`session ${i}`))
  await vi.advanceTimersByTimeAsync(10 * SECOND)
  expect(batches.map(({ length }) => length)).toEqual([1000, 1000, 500])
})

test('what is being written still shows, until it is', async () => {
  const tracker = makeTracker()
  let answer = () => {}
  touch = () => new Promise((resolve) => (answer = () => resolve([])))
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  visit(tracker, session())
  const flushed = tracker.flush()
  await vi.advanceTimersByTimeAsync(0)
  expect(tracker.latest('a')?.lastSeenAt).toBe(START + 2 * MINUTE)
  answer()
  await flushed
  expect(tracker.latest('a')).toBeUndefined()
})

test('with storage away nothing is lost, tries are further and further apart, and then it is all written', async () => {
  const tracker = makeTracker()
  touch = async () => {
    throw new Error('storage is away')
  }
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  for (const id of ['a', 'b', 'c']) visit(tracker, session(id))
  await vi.advanceTimersByTimeAsync(10 * MINUTE)
  expect(batches.length).toBeGreaterThan(5)
  expect(batches.length).toBeLessThan(16)
  expect(log.lines[0]).toMatch(/it will be tried again/)
  touch = async () => []
  await vi.advanceTimersByTimeAsync(MINUTE + SECOND)
  expect(batches.at(-1)?.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  expect(tracker.latest('a')).toBeUndefined()
})

test('a slow storage gets one batch at a time', async () => {
  const tracker = makeTracker({ cacheSize: 5000 })
  const answers: (() => void)[] = []
  touch = () => new Promise((resolve) => answers.push(() => resolve([])))
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  for (let i = 0; i < 3000; i++) visit(tracker, session(`session ${i}`))
  for (let batch = 1; batch <= 3; batch++) {
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(batches).toHaveLength(batch)
    answers.at(-1)?.()
  }
})

test('no more than `cacheSize` sessions wait, and the log says so once', async () => {
  const tracker = makeTracker({ cacheSize: 100 })
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  for (let i = 0; i < 1000; i++) visit(tracker, session(`session ${i}`))
  await tracker.flush()
  expect(batches.flat()).toHaveLength(100)
  expect(log.lines).toHaveLength(1)
  expect(log.lines[0]).toMatch(/`cacheSize`/)
})

test('after a clock was set back, last seen neither goes back nor waits for the clock to catch up', async () => {
  const tracker = makeTracker()
  const live = session()
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  visit(tracker, live)
  vi.setSystemTime(START - 10 * DAY)
  visit(tracker, live)
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  expect(batches).toMatchObject([[{ lastSeenAt: START + 2 * MINUTE }]])
})

test('after a clock has jumped ahead, activity goes on being written', async () => {
  const tracker = makeTracker()
  const live = session()
  visit(tracker, live)
  vi.setSystemTime(START + 10 * DAY)
  visit(tracker, live)
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  expect(batches[0]).toMatchObject([{ lastSeenAt: START + 10 * DAY }])
})

test('without tracking only the expiry is written, when it has moved by a tenth', async () => {
  const tracker = makeTracker({ trackActivity: false })
  const live = session('a', 10 * DAY)
  for (let hour = 0; hour < 74; hour++) {
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    visit(tracker, live, 10 * DAY)
  }
  expect(batches.map(([one]) => one?.lastSeenAt)).toEqual(batches.map(() => START))
  expect(batches).toHaveLength(3)
})

test('a session that storage has not as live is told', async () => {
  const tracker = makeTracker()
  touch = async (batch) => batch.filter(({ id }) => id === 'b')
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  for (const id of ['a', 'b']) visit(tracker, session(id))
  await tracker.flush()
  expect(untouched).toEqual(['b'])
})

test('a client that was held back is written after the batch, unless the session has ended', async () => {
  const tracker = makeTracker()
  touch = async (batch) => batch.filter(({ id }) => id === 'b')
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  for (const id of ['a', 'b']) {
    const live = session(id)
    live.stored = { ip: null, userAgent: 'before', hints: null }
    tracker.holdBack(live)
  }
  await tracker.flush()
  expect(clients).toEqual(['a'])
})

test('a flush on demand writes what is not due yet, and one that fails is tried again', async () => {
  const tracker = makeTracker()
  const live = session()
  await vi.advanceTimersByTimeAsync(SECOND)
  visit(tracker, live)
  touch = async () => {
    throw new Error('storage is away')
  }
  await tracker.flush()
  touch = async () => []
  await vi.advanceTimersByTimeAsync(MINUTE)
  expect(batches).toHaveLength(2)
  visit(tracker, live)
  await tracker.flush()
  expect(batches).toHaveLength(3)
})

test('once it is stopped no timer is left', async () => {
  const tracker = makeTracker()
  await vi.advanceTimersByTimeAsync(SECOND)
  visit(tracker, session())
  expect(vi.getTimerCount()).toBe(1)
  await tracker.flush()
  tracker.stop()
  visit(tracker, session('b'))
  expect(vi.getTimerCount()).toBe(0)
})
