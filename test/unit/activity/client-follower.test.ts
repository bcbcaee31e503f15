import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { ClientFollower } from '../../../src/activity/client-follower.js'
import { Live } from '../../../src/activity/live.js'
import { createDeviceDescriber } from '../../../src/request/describe-device.js'
import { network } from '../../../src/request/network.js'
import type { ClientChange, SeenClient } from '../../../src/session.js'
import { uuidv7 } from '../../../src/sessions/uuidv7.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import type { Storage } from '../../../src/storage/storage.js'
import { type FakeClock, fakeClock } from '../../spec/fake-clock.js'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const EDGE = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`

const HOME: SeenClient = { ip: '203.0.113.7', userAgent: FIREFOX, hints: null }
const OFFICE: SeenClient = { ...HOME, ip: '198.51.100.7' }
const TRAIN: SeenClient = { ...HOME, ip: '192.0.2.7' }

let clock: FakeClock
let storage: Storage
let id: string
let told: { from: SeenClient; to: SeenClient; change: ClientChange }[]
let updates: number
/** What each update of a client waits for. */
let gate: () => Promise<void>

beforeEach(async () => {
  clock = fakeClock()
  storage = memoryStorage({ clock: clock.now })
  told = []
  updates = 0
  gate = async () => {}
  id = uuidv7(clock.now())
  const now = clock.now()
  const times = { createdAt: now, lastSeenAt: now, authenticatedAt: now, expiresAt: now + 30 * DAY }
  await storage.record({
    id,
    userId: 'ada',
    keyHash: new Uint8Array(32),
    sealedKey: null,
    name: null,
    data: null,
    ...HOME,
    ...times,
  })
})

/** One process: it knows the session as storage had it when it was first seen there. */
function node() {
  let live: Live | undefined
  let heldBack = false
  const running = new Set<Promise<unknown>>()
  const describeDevice = createDeviceDescriber()
  const follower = new ClientFollower({
    storage: {
      get: (user, one) => storage.get(user, one),
      async update(...args) {
        updates++
        await gate()
        return storage.update(...args)
      },
    },
    judge: {
      forget() {
        live = undefined
      },
    },
    config: { clock: clock.now, touchInterval: MINUTE, clientMemory: DAY },
    views: { describe: (userAgent) => describeDevice(userAgent), network, country: () => null },
    holdBack() {
      heldBack = true
    },
    background(_name, work) {
      const done = work.finally(() => running.delete(done))
      running.add(done)
    },
    changed: (record, from, change) => void told.push({ from, to: record, change }),
  })
  const meet = async () => {
    const record = await storage.get('ada', id)
    if (!record) throw new Error('There is no such session.')
    live ??= new Live(record, 'key')
    return live
  }
  const settle = async () => {
    while (running.size > 0) await Promise.all(running)
  }
  return {
    meet,
    settle,
    get isHeldBack() {
      return heldBack
    },
    /** A visit, without waiting for what follows. */
    async see(client: SeenClient) {
      const seen = await meet()
      seen.lastSeenAt = Math.max(seen.lastSeenAt, clock.now())
      follower.note(seen, client, {})
    },
    async visit(client: SeenClient) {
      await this.see(client)
      await settle()
    },
    async flush() {
      heldBack = false
      await follower.write(await meet())
    },
  }
}

async function stored() {
  const record = await storage.get('ada', id)
  return record && { ip: record.ip, userAgent: record.userAgent, hints: record.hints }
}

describe('one process', () => {
  test('a new client is written at once and told once, however many requests bring it', async () => {
    const one = node()
    await one.see(HOME)
    for (let i = 0; i < 20; i++) await one.see(OFFICE)
    await one.settle()
    expect(told).toMatchObject([{ from: HOME, to: OFFICE, change: { grade: 'new-network' } }])
    expect(updates).toBe(1)
    expect(await stored()).toEqual(OFFICE)
  })

  test('two networks by turns are told once, written with the batch, and after it the row is the last visit', async () => {
    const one = node()
    for (let turn = 0; turn < 50; turn++) {
      await one.visit(turn % 2 === 0 ? OFFICE : HOME)
      clock.advance(1000)
    }
    expect(told).toHaveLength(1)
    expect(updates).toBe(1)
    expect(one.isHeldBack).toBe(true)
    await one.flush()
    expect(await stored()).toEqual(HOME)
    expect(told).toHaveLength(1)
  })

  test('going back after `clientMemory` is news', async () => {
    const one = node()
    await one.visit(OFFICE)
    clock.advance(DAY - 1000)
    await one.visit(HOME)
    await one.flush()
    expect(told).toHaveLength(1)
    clock.advance(DAY + 1000)
    await one.visit(OFFICE)
    expect(told).toHaveLength(2)
  })

  test('a roam is told at most once per `touchInterval`', async () => {
    const one = node()
    for (let i = 1; i <= 100; i++) {
      await one.visit({ ...HOME, ip: `203.0.113.${i + 20}` })
      clock.advance(1000)
    }
    await one.flush()
    expect(told.map(({ change }) => change.grade)).toEqual(['network-roamed', 'network-roamed'])
    expect(updates).toBe(3)
    expect(await stored()).toEqual({ ...HOME, ip: '203.0.113.120' })
  })

  test('a session that is somewhere else with each request makes a bounded number of writes', async () => {
    const one = node()
    for (let i = 0; i < 1000; i++) await one.visit({ ...HOME, ip: `${1 + (i % 200)}.${i % 251}.0.1` })
    expect(updates).toBeLessThan(20)
    await one.flush()
    expect((await stored())?.ip).toBe(`${1 + (999 % 200)}.${999 % 251}.0.1`)
  })

  test('an address that cannot be told is no change, and neither are hints left out', async () => {
    const one = node()
    await one.visit({ ...HOME, hints: '{"os":"Windows 11"}' })
    await one.flush()
    await one.visit({ ...HOME, ip: null })
    await one.visit(HOME)
    await one.flush()
    expect(told).toEqual([])
    expect(await stored()).toEqual({ ...HOME, hints: '{"os":"Windows 11"}' })
  })

  test('the first arrival of hints is written with the batch and is no change; another one is', async () => {
    const one = node()
    await one.visit({ ...HOME, hints: 'a' })
    expect([one.isHeldBack, updates]).toEqual([true, 0])
    await one.flush()
    expect((await stored())?.hints).toBe('a')
    clock.advance(MINUTE + 1000)
    await one.visit({ ...HOME, hints: 'b' })
    expect(told).toHaveLength(1)
  })

  test('another browser does not keep the hints of the one before', async () => {
    const one = node()
    await one.visit({ ...HOME, hints: 'a' })
    await one.visit({ ...HOME, userAgent: EDGE })
    expect(await stored()).toEqual({ ...HOME, userAgent: EDGE })
    expect(told).toMatchObject([{ change: { grade: 'browser-changed' } }])
  })

  test('of changes that come while one is being written none is lost, and each is told from the one before', async () => {
    const one = node()
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    gate = () => opened
    for (const client of [OFFICE, TRAIN, OFFICE, HOME]) await one.see(client)
    const early = one.flush()
    open()
    await one.settle()
    await early
    expect(one.isHeldBack).toBe(true)
    await one.flush()
    expect(told).toMatchObject([
      { from: HOME, to: OFFICE },
      { from: OFFICE, to: TRAIN },
    ])
    expect(await stored()).toEqual(HOME)
  })

  test('a change of a session that has ended is neither written nor told', async () => {
    const one = node()
    await one.see(HOME)
    await storage.end('ada', 'all', { reason: 'admin', by: null, at: clock.now(), endingId: crypto.randomUUID() })
    await one.visit(OFFICE)
    expect(told).toEqual([])
    expect(await stored()).toEqual(HOME)
  })

  test('a change that storage could not take is told when the client is seen next', async () => {
    const one = node()
    gate = async () => {
      throw new Error('storage is away')
    }
    await one.see(OFFICE)
    await expect(one.settle()).rejects.toThrow('storage is away')
    expect(told).toEqual([])
    gate = async () => {}
    await one.visit(OFFICE)
    expect(told).toHaveLength(1)
  })
})

describe('several processes', () => {
  test('one that knows the session from before it moved does not tell again what another has told', async () => {
    const [one, two] = [node(), node()]
    for (const each of [one, two]) await each.meet()
    await one.visit(OFFICE)
    await one.visit(HOME)
    await one.flush()
    await two.visit(OFFICE)
    await two.flush()
    expect(told).toHaveLength(1)
  })

  test('a change seen on one that is behind is told from where the session really was', async () => {
    const [one, two] = [node(), node()]
    for (const each of [one, two]) await each.meet()
    await one.visit(OFFICE)
    await two.visit(TRAIN)
    expect(told).toMatchObject([
      { from: HOME, to: OFFICE },
      { from: OFFICE, to: TRAIN },
    ])
  })

  test('what one holds back does not undo what another has seen later', async () => {
    const [one, two] = [node(), node()]
    await one.visit(OFFICE)
    await one.visit(HOME)
    clock.advance(1000)
    await two.visit(TRAIN)
    await one.flush()
    expect(await stored()).toEqual(TRAIN)
  })

  test('each client is told exactly once in any order of visits, answers and flushes', async () => {
    const clients = [OFFICE, TRAIN, { ...HOME, userAgent: EDGE }, { ...OFFICE, userAgent: EDGE }]
    const steps = fc.array(
      fc.record({ node: fc.nat(2), client: fc.nat(clients.length), flush: fc.boolean(), wait: fc.nat(3) }),
      { minLength: 2, maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async (schedule) => {
        told = []
        clock.advance(2 * DAY)
        await storage.erase('ada')
        id = uuidv7(clock.now())
        const now = clock.now()
        const times = { createdAt: now, lastSeenAt: now, authenticatedAt: now, expiresAt: now + 30 * DAY }
        await storage.record({
          id,
          userId: 'ada',
          keyHash: new Uint8Array(32),
          sealedKey: null,
          name: null,
          data: null,
          ...HOME,
          ...times,
        })
        const nodes = [node(), node(), node()]
        for (const each of nodes) await each.meet()
        gate = async () => {
          for (let turns = schedule.length % 5; turns > 0; turns--) await undefined
        }
        const seen = new Set<string>()
        const flushes: Promise<void>[] = []
        for (const { node: at, client: which, flush, wait } of schedule) {
          const client = clients[which] ?? HOME
          if (client !== HOME) seen.add(JSON.stringify([client.ip, client.userAgent]))
          await nodes[at]?.see(client)
          if (flush) flushes.push(nodes[at]?.flush() ?? Promise.resolve())
          for (let turns = wait; turns > 0; turns--) await undefined
          clock.advance(1)
        }
        await Promise.all(flushes)
        for (const each of nodes) await each.settle()
        const toldOf = told.map(({ to }) => JSON.stringify([to.ip, to.userAgent])).sort()
        expect(toldOf).toEqual([...seen].sort())
      }),
      { numRuns: 1000 },
    )
  })
})
