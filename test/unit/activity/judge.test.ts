import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { Judge } from '../../../src/activity/judge.js'
import { writeMarker } from '../../../src/activity/marker.js'
import { Verdicts } from '../../../src/activity/verdicts.js'
import type { Ending, SessionRecord } from '../../../src/session.js'
import { uuidv7 } from '../../../src/sessions/uuidv7.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import type { Storage } from '../../../src/storage/storage.js'
import { heldGates } from '../../spec/race-gates.js'

const ENDING: Ending = { reason: 'admin', by: null, at: 5000 }
const STORAGE_ID = 'this-storage'

let storage: Storage
let changes: {
  everyone: Ending | undefined
  fresh: () => boolean
  caughtUp: () => Promise<void>
  storageId: string
  askStorageId: () => Promise<string>
}
let brake: { looks: number; mayInfer: () => boolean; looked: () => void }
let finds: number
let gates: ReturnType<typeof heldGates>
let judge: Judge

/** 32 bytes that begin with the key. */
function hash(key: string): Uint8Array {
  return Buffer.alloc(32, key)
}

beforeEach(() => {
  storage = memoryStorage({ clock: () => 1000 })
  const askStorageId = async () => STORAGE_ID
  changes = { everyone: undefined, fresh: () => true, caughtUp: async () => {}, storageId: STORAGE_ID, askStorageId }
  brake = {
    looks: 0,
    looked() {
      brake.looks++
    },
    mayInfer: () => true,
  }
  finds = 0
  gates = heldGates()
  const find: Storage['find'] = async (user, keyHash) => {
    finds++
    const record = await storage.find(user, keyHash)
    await gates.gate('found')
    return record
  }
  judge = new Judge({
    storage: { find, get: (user, id) => storage.get(user, id) },
    verdicts: new Verdicts(100),
    changes,
    hash,
    brake,
  })
})

async function recorded(user: string, key: string, createdAt = 1000): Promise<SessionRecord> {
  const time = { createdAt, lastSeenAt: createdAt, authenticatedAt: createdAt, expiresAt: createdAt + 1_000_000 }
  const record: SessionRecord = {
    id: uuidv7(createdAt),
    userId: user,
    keyHash: hash(key),
    sealedKey: null,
    ip: null,
    userAgent: null,
    hints: null,
    knownClients: null,
    ...time,
    endedAt: null,
    endReason: null,
    endedBy: null,
    name: null,
    data: null,
  }
  await storage.record(record)
  return record
}

function end(record: SessionRecord): Promise<SessionRecord[]> {
  return storage.end(record.userId, { ids: [record.id] }, { ...ENDING, endingId: randomUUID() })
}

const markerOf = (id: string) => writeMarker(STORAGE_ID, id)

describe('what memory holds of a key', () => {
  test('is of its user only', async () => {
    const record = await recorded('ada', 'k')
    judge.ended(record.id, 'ada', ENDING, 'k')
    expect(judge.isEnded('k', 'ada')).toBe(true)
    expect(judge.isEnded('k', 'bob')).toBe(false)
    expect(await judge.judge('k', 'bob', undefined)).toEqual({ state: 'unseen' })
  })

  test('lies under an end of everyone, in every view of it', async () => {
    await recorded('ada', 'k')
    const reads = async () => [
      (await judge.judge('k', 'ada', undefined)).state,
      judge.isEnded('k', 'ada'),
      judge.endingOf('k')?.reason,
    ]
    changes.everyone = { ...ENDING, at: 1000 }
    expect(await reads(), 'the look-up').toEqual(['ended', true, 'admin'])
    expect(await reads(), 'memory').toEqual(['ended', true, 'admin'])
    changes.everyone = { ...ENDING, at: 999 }
    expect(await reads(), 'one that is older than the session').toEqual(['live', false, undefined])
  })

  test('stays ended when the record is gone, and when it is told to forget live ones', async () => {
    const record = await recorded('ada', 'k')
    judge.ended(record.id, 'ada', ENDING, 'k')
    judge.forget(record.id, 'ada')
    judge.forgetUsers(new Set(['ada']))
    expect(await judge.judge('k', 'ada', undefined)).toMatchObject({ state: 'ended' })
    expect(finds).toBe(0)
  })

  test('is known to end by its id when its key cannot be told', async () => {
    const record = await recorded('ada', 'k')
    await judge.judge('k', 'ada', undefined)
    judge.ended(record.id, 'ada', ENDING, undefined)
    expect(judge.isEnded('k', 'ada')).toBe(true)
  })

  test.each([
    { name: 'forget', run: (id: string) => judge.forget(id, 'ada') },
    { name: 'forgetUsers', run: () => judge.forgetUsers(new Set(['ada'])) },
    { name: 'release', run: () => judge.release('k', 'ada') },
  ])('is looked up anew after $name', async ({ run }) => {
    const record = await recorded('ada', 'k')
    await judge.judge('k', 'ada', undefined)
    await end(record)
    expect(await judge.judge('k', 'ada', undefined)).toMatchObject({ state: 'live' })
    run(record.id)
    expect(await judge.judge('k', 'ada', undefined)).toMatchObject({ state: 'ended' })
  })

  test('is freed by release, even of an end', async () => {
    const record = await recorded('ada', 'k')
    judge.ended(record.id, 'ada', ENDING, 'k')
    judge.release('k', 'ada')
    expect(judge.endingOf('k')).toBe(undefined)
  })
})

describe('a look-up under way', () => {
  test('is shared by those who ask the same, and counted once', async () => {
    await recorded('ada', 'k')
    const found = gates.hold('found')
    const both = [judge.judge('k', 'ada', undefined), judge.judge('k', 'ada', undefined)]
    found.release()
    for (const one of await Promise.all(both)) expect(one).toMatchObject({ state: 'live' })
    expect(finds).toBe(1)
    expect(brake.looks).toBe(1)
  })

  test('is not shared by those who come with another marker', async () => {
    const found = gates.hold('found')
    const bare = judge.judge('k', 'ada', undefined)
    const marked = judge.judge('k', 'ada', markerOf(uuidv7(1000)))
    found.release()
    expect(await bare).toEqual({ state: 'unseen' })
    expect(await marked).toMatchObject({ state: 'ended', ending: { reason: 'purged' } })
  })

  test.each([
    { name: 'an end', run: (id: string) => judge.ended(id, 'ada', ENDING, undefined) },
    { name: 'forget', run: (id: string) => judge.forget(id, 'ada') },
    { name: 'forgetUsers', run: () => judge.forgetUsers(new Set(['ada'])) },
    { name: 'release', run: () => judge.release('k', 'ada') },
  ])('is neither shared nor remembered after $name, and does not take a later one out', async ({ run }) => {
    const record = await recorded('ada', 'k')
    const first = gates.hold('found')
    const early = judge.judge('k', 'ada', undefined)
    await first.reached
    await end(record)
    run(record.id)
    const second = gates.hold('found')
    const late = judge.judge('k', 'ada', undefined)
    await second.reached
    first.release()
    expect(await early).toMatchObject({ state: 'live' })
    const shared = judge.judge('k', 'ada', undefined)
    second.release()
    expect([await late, await shared]).toMatchObject([{ state: 'ended' }, { state: 'ended' }])
    expect(finds).toBe(2)
  })

  test('is not remembered over an end that came and was forgotten again', async () => {
    const record = await recorded('ada', 'k')
    const found = gates.hold('found')
    const early = judge.judge('k', 'ada', undefined)
    await found.reached
    await end(record)
    judge.forget(record.id, 'ada')
    found.release()
    await early
    expect(await judge.judge('k', 'ada', undefined)).toMatchObject({ state: 'ended' })
  })

  test('is void only for the user who was ended', async () => {
    await recorded('bob', 'b')
    const found = gates.hold('found')
    const looking = judge.judge('b', 'bob', undefined)
    await found.reached
    judge.ended(uuidv7(1), 'ada', ENDING, 'a')
    const shared = judge.judge('b', 'bob', undefined)
    found.release()
    await Promise.all([looking, shared])
    await judge.judge('b', 'bob', undefined)
    expect(finds).toBe(1)
  })

  test('yields to what memory has learned of the same record meanwhile, and of no other', async () => {
    const record = await recorded('ada', 'k')
    const found = gates.hold('found')
    const looking = judge.judge('k', 'ada', undefined)
    await found.reached
    await judge.learnFrom('k', 'ada', async () => record)
    const known = await judge.judge('k', 'ada', undefined)
    found.release()
    expect(await looking).toBe(known)

    judge.release('k', 'ada')
    const again = gates.hold('found')
    const other = judge.judge('k', 'ada', undefined)
    await again.reached
    judge.ended(uuidv7(1), 'ada', ENDING, 'k')
    again.release()
    expect(await other).toMatchObject({ state: 'live', id: record.id })
  })
})

describe('what storage was asked to record', () => {
  test('is remembered', async () => {
    const record = await recorded('ada', 'k')
    await judge.learnFrom('k', 'ada', async () => record)
    expect(await judge.judge('k', 'ada', undefined)).toMatchObject({ state: 'live' })
    expect(finds).toBe(0)
  })

  test.each([
    { ended: 'ada', looks: 1 },
    { ended: 'bob', looks: 0 },
  ])('is looked up again when something of $ended ended before its answer: $looks', async ({ ended, looks }) => {
    const record = await recorded('ada', 'k')
    await judge.learnFrom('k', 'ada', async () => {
      judge.ended(uuidv7(1), ended, ENDING, 'another')
      return record
    })
    await judge.judge('k', 'ada', undefined)
    expect(finds).toBe(looks)
  })
})

describe('a key without a record', () => {
  test('is unseen without a marker, or with one of another storage', async () => {
    expect(await judge.judge('k', 'ada', undefined)).toEqual({ state: 'unseen' })
    expect(await judge.judge('k', 'ada', writeMarker('another', uuidv7(1)))).toEqual({ state: 'unseen' })
  })

  test('is ended and purged with one of this storage, as long as the brake lets that be inferred', async () => {
    const marker = markerOf(uuidv7(1))
    expect(await judge.judge('k', 'ada', marker)).toMatchObject({ state: 'ended', ending: { reason: 'purged' } })
    brake.mayInfer = () => false
    expect(await judge.judge('k', 'ada', marker)).toEqual({ state: 'unseen' })
  })

  test('is unseen when the storage that its marker names has become another one since the last poll', async () => {
    changes.askStorageId = async () => 'emptied'
    expect(await judge.judge('k', 'ada', markerOf(uuidv7(1)))).toEqual({ state: 'unseen' })
  })

  test('is elsewhere, or ended, as the record says that its marker names', async () => {
    const record = await recorded('ada', 'k')
    expect(await judge.judge('a-copy', 'ada', markerOf(record.id))).toMatchObject({ state: 'elsewhere' })
    await end(record)
    const judgement = await judge.judge('a-copy', 'ada', markerOf(record.id))
    expect(judgement).toMatchObject({ state: 'ended', ending: { reason: 'admin' } })
  })
})

test('memory that is not fresh is brought up to date first', async () => {
  const record = await recorded('ada', 'k')
  await judge.judge('k', 'ada', undefined)
  changes.fresh = () => false
  changes.caughtUp = async () => judge.ended(record.id, 'ada', ENDING, 'k')
  expect(await judge.judge('k', 'ada', undefined)).toMatchObject({ state: 'ended' })
})
