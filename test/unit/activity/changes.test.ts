import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { Changes, EVERYONE, STORAGE_ID } from '../../../src/activity/changes.js'
import { uuidv7 } from '../../../src/sessions/uuidv7.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import type { Storage } from '../../../src/storage/storage.js'
import { type FakeClock, fakeClock } from '../../spec/fake-clock.js'
import { heldGates } from '../../spec/race-gates.js'

const STALENESS = 10_000

let clock: FakeClock
let storage: Storage
let gates: ReturnType<typeof heldGates>
let calls: string[]
let isAway: boolean
let met: string[]
let ended: string[]
let changed: string[]
let warnings: number
let changes: Changes

beforeEach(async () => {
  clock = fakeClock()
  storage = memoryStorage({ clock: clock.now })
  gates = heldGates()
  calls = []
  isAway = false
  met = ['ada']
  ended = []
  changed = []
  warnings = 0
  changes = open()
  await changes.start()
  calls.length = 0
})

function open(): Changes {
  const asked = async <Answer>(name: string, ask: () => Promise<Answer>): Promise<Answer> => {
    calls.push(name)
    if (isAway) throw new Error('the storage is away')
    const answer = await ask()
    await gates.gate(name)
    return answer
  }
  return new Changes({
    endedEveryone: () => {},
    storage: {
      changedSince: (cursor) => asked('changedSince', () => storage.changedSince(cursor)),
      list: (user, page) => asked(`list ${user}`, () => storage.list(user, page)),
      meta: (key, change) => asked(`meta ${key}`, () => storage.meta(key, change)),
    },
    config: { clock: clock.now, logger: { warn: () => void warnings++, error: () => {} } },
    maxStaleness: () => STALENESS,
    knows: (user) => met.includes(user),
    ended: (records) => void ended.push(...records.map(({ userId }) => userId)),
    changed: (users) => void changed.push(...users),
  })
}

/** As another process does it, whose clock may be another one. */
async function endOf(user: string, at = clock.now()): Promise<void> {
  const createdAt = clock.now() - 60_000
  const times = { createdAt, lastSeenAt: createdAt, authenticatedAt: createdAt, expiresAt: createdAt + 1e9 }
  const key = { keyHash: Buffer.alloc(32, randomUUID()), sealedKey: null }
  const rest = { ip: null, userAgent: null, hints: null, name: null, data: null }
  await storage.record({ id: uuidv7(createdAt), userId: user, ...key, ...times, ...rest })
  await storage.end(user, 'all', { reason: 'admin', by: null, at, endingId: randomUUID() })
}

const polls = () => calls.filter((name) => name === 'changedSince').length

describe('freshness', () => {
  test('lasts as long as `maxStaleness`, from when the poll began', async () => {
    clock.advance(STALENESS)
    expect([changes.fresh(), changes.isStale]).toEqual([true, false])
    await changes.catchUp()
    clock.advance(STALENESS + 1)
    expect([changes.fresh(), changes.isStale]).toEqual([false, true])
    const slow = gates.hold('changedSince')
    const polling = changes.catchUp()
    await slow.reached
    clock.advance(STALENESS / 2)
    slow.release()
    await polling
    clock.advance(STALENESS / 2 + 1)
    expect(changes.fresh()).toBe(false)
  })

  test('is renewed beside the requests from half the time on, and not before', async () => {
    clock.advance(STALENESS / 2)
    expect(changes.fresh()).toBe(true)
    expect(polls()).toBe(0)
    clock.advance(1)
    expect(changes.fresh()).toBe(true)
    expect(polls()).toBe(1)
  })

  test('is not claimed by a clock that went back', () => {
    clock.advance(-STALENESS - 1)
    expect(changes.fresh()).toBe(false)
  })
})

describe('a poll', () => {
  test('runs once at a time, and again when asked again', async () => {
    await Promise.all([changes.catchUp(), changes.catchUp()])
    expect(polls()).toBe(1)
    await changes.catchUp()
    expect(polls()).toBe(2)
  })

  test('that fails throws nothing, is warned of, and is not tried again for a second', async () => {
    clock.advance(STALENESS + 1)
    isAway = true
    await changes.catchUp()
    expect(warnings).toBe(1)
    expect([changes.fresh(), changes.isStale]).toEqual([true, true])
    clock.advance(1000)
    expect(changes.fresh()).toBe(false)
  })

  test('tells each change once, and reads only the ends of users who were met', async () => {
    await endOf('ada')
    await endOf('bob')
    await changes.catchUp()
    expect(ended).toEqual(['ada'])
    expect(changed.sort(), 'a look-up under way may be of anybody').toEqual(['ada', 'bob'])
    expect(calls.filter((name) => name.startsWith('list'))).toEqual(['list ada'])
    clock.advance(1)
    await changes.catchUp()
    expect(ended).toEqual(['ada'])
  })

  test('hears of an end by a clock that is behind', async () => {
    clock.advance(STALENESS)
    await changes.catchUp()
    await endOf('ada', clock.now() - 12_000)
    clock.advance(1)
    await changes.catchUp()
    expect(ended).toEqual(['ada'])
  })

  test('with nothing new tells nobody', async () => {
    await changes.catchUp()
    expect(changed).toEqual([])
  })
})

describe('the end of everyone', () => {
  const ending = (at: number) => ({ reason: 'admin', by: null, at }) as const

  test('is known from the start, and heard of by polls', async () => {
    await storage.meta(EVERYONE, { value: JSON.stringify(ending(1)) })
    await changes.catchUp()
    expect(changes.everyone).toEqual(ending(1))
    const later = open()
    await later.start()
    expect(later.everyone).toEqual(ending(1))
  })

  test('is the latest, whoever tells of it', async () => {
    changes.endedEveryone(ending(2))
    await storage.meta(EVERYONE, { value: JSON.stringify(ending(1)) })
    await changes.catchUp()
    expect(changes.everyone).toEqual(ending(2))
    await storage.meta(EVERYONE, { value: JSON.stringify(ending(3)) })
    await changes.catchUp()
    expect(changes.everyone).toEqual(ending(3))
  })
})

describe('the storage id', () => {
  test('outlives a restart, and is heard of when another process renamed the storage', async () => {
    const first = changes.storageId
    const later = open()
    await later.start()
    expect(later.storageId).toBe(first)
    await storage.meta(STORAGE_ID, { value: 'renamed' })
    await changes.catchUp()
    expect(changes.storageId).toBe('renamed')
  })

  test('is another one once the storage has lost it, whoever notices first', async () => {
    const first = changes.storageId
    storage = memoryStorage({ clock: clock.now })
    await changes.catchUp()
    expect(changes.storageId).not.toBe(first)
    expect(await storage.meta(STORAGE_ID)).toBe(changes.storageId)
    storage = memoryStorage({ clock: clock.now })
    const asked = await changes.askStorageId()
    expect([await storage.meta(STORAGE_ID), changes.storageId]).toEqual([asked, asked])
  })

  test('is not taken back by a poll that read the one before', async () => {
    const read = gates.hold(`meta ${STORAGE_ID}`)
    const polling = changes.catchUp()
    await read.reached
    changes.renamedStorage('renamed')
    read.release()
    await polling
    expect(changes.storageId).toBe('renamed')
  })
})
