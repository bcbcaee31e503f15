import assert from 'node:assert/strict'
import type { ChangeCursor, Storage } from '../../storage/storage.js'
import { DAY, HOUR, type Law } from './stage.js'

/** What `touch`, `changedSince`, `purge`, `erase`, `meta` and `close` promise. */
export const activityLaws: readonly Law[] = [
  [
    'a touch moves last seen and expiry of many sessions of many users forward, never back',
    async (stage) => {
      const records = []
      for (let i = 0; i < 300; i++) records.push(await stage.signIn(`user ${i % 7}`))
      const { now } = stage
      const batch = records.map(({ userId, id }) => ({ userId, id, lastSeenAt: now + 10, expiresAt: now + 2 * HOUR }))
      assert.deepEqual(await stage.storage.touch(batch), [])
      await stage.storage.touch(batch.map((touch) => ({ ...touch, lastSeenAt: now - 10, expiresAt: now })))
      for (const { userId, id } of records) {
        const record = await stage.storage.get(userId, id)
        assert.equal(record?.lastSeenAt, now + 10)
        assert.equal(record?.expiresAt, now + 2 * HOUR)
      }
      assert.deepEqual(await stage.storage.touch([]), [])
    },
  ],
  [
    'a touch never revives: what is ended, unknown or foreign is returned untouched',
    async (stage) => {
      const live = await stage.signIn('alice')
      const ended = await stage.signIn('alice')
      const [tombstone] = await stage.storage.end('alice', { ids: [ended.id] }, stage.how())
      const touch = (userId: string, id: string) => ({
        userId,
        id,
        lastSeenAt: stage.now + 9,
        expiresAt: stage.now + DAY,
      })
      const batch = [touch('alice', ended.id), touch('alice', stage.id()), touch('bob', live.id), touch('alice', 'x')]
      const untouched = await stage.storage.touch([touch('alice', live.id), ...batch])
      assert.deepEqual(untouched, batch)
      assert.deepEqual(await stage.storage.get('alice', ended.id), tombstone)
      assert.deepEqual(await stage.liveIds('alice'), [live.id])
    },
  ],
  [
    'an end and a touch at the same time leave the session ended',
    async (stage) => {
      const { id, userId } = await stage.signIn('alice')
      const touch = { userId, id, lastSeenAt: stage.now + 1, expiresAt: stage.now + DAY }
      const touches = Array.from({ length: 20 }, () => stage.storage.touch([touch]))
      await Promise.all([...touches, stage.storage.end(userId, 'all', stage.how()), stage.storage.touch([touch])])
      assert.deepEqual(await stage.liveIds('alice'), [])
    },
  ],
  [
    'the first look at what changed tells no users, and every later change is told at least once',
    async (stage) => {
      const { storage } = stage
      for (const user of ['alice', 'bob', 'carol', 'dave', 'eve', 'frank']) await stage.signIn(user)
      await storage.end('frank', 'all', stage.how())
      const poll = await follow(storage)
      stage.now += 5000
      assert.deepEqual(await poll(), [])
      await storage.end('alice', 'all', stage.how())
      await storage.block('bob', true)
      assert.deepEqual((await poll()).sort(), ['alice', 'bob'])
      assert.deepEqual(await poll(), [])
      await stage.signIn('carol', {}, stage.cap(1))
      const { id, how } = { id: (await storage.list('dave'))[0]?.id ?? '', how: stage.how('user') }
      await storage.end('dave', 'all', how)
      assert.deepEqual((await poll()).sort(), ['carol', 'dave'])
      await storage.rekey('dave', id, how.endingId, stage.next('new key'))
      await storage.erase('eve')
      assert.deepEqual((await poll()).sort(), ['dave', 'eve'])
    },
  ],
  [
    'two changes of one user in the same millisecond are both told',
    async (stage) => {
      const [a, b] = [await stage.signIn('alice'), await stage.signIn('alice')]
      const poll = await follow(stage.storage)
      await stage.storage.end('alice', { ids: [a.id] }, stage.how())
      assert.deepEqual(await poll(), ['alice'])
      await stage.storage.end('alice', { ids: [b.id] }, stage.how())
      assert.deepEqual(await poll(), ['alice'])
    },
  ],
  [
    'what ends nothing tells nobody',
    async (stage) => {
      await stage.signIn('alice')
      await stage.storage.end('alice', 'all', stage.how())
      const poll = await follow(stage.storage)
      await poll()
      await stage.storage.end('alice', 'all', stage.how())
      await stage.storage.end('bob', 'all', stage.how())
      await stage.signIn('carol')
      await stage.signIn('carol', {}, stage.cap(5))
      assert.deepEqual(await poll(), [])
    },
  ],
  [
    'a change noted by a clock that is a second behind is told, and one by a clock a day ahead hides no others',
    async (stage) => {
      for (const user of ['alice', 'bob', 'carol', 'dave']) await stage.signIn(user)
      const poll = await follow(stage.storage)
      await stage.storage.end('alice', 'all', stage.how())
      assert.deepEqual(await poll(), ['alice'])
      stage.now -= 1000
      await stage.storage.end('bob', 'all', stage.how())
      assert.deepEqual(await poll(), ['bob'])
      stage.now += DAY
      await stage.storage.end('carol', 'all', stage.how())
      stage.now -= DAY
      assert.deepEqual(await poll(), ['carol'])
      stage.now += 10_000
      await stage.storage.end('dave', 'all', stage.how())
      assert.deepEqual(await poll(), ['dave'])
    },
  ],
  [
    'a sign-in, a touch and an update are no change to tell, not where nothing was ever ended either',
    async (stage) => {
      const poll = await follow(stage.storage)
      const { userId, id, expiresAt } = await stage.signIn('alice')
      await stage.storage.touch([{ userId, id, lastSeenAt: stage.now + 1, expiresAt }])
      await stage.storage.update(userId, id, { name: 'laptop' })
      assert.deepEqual(await poll(), [])
      await stage.storage.end('alice', 'all', stage.how())
      assert.deepEqual(await poll(), ['alice'])
    },
  ],
  [
    'what a reader of changes carries along stays within the window, however many users changed',
    async (stage) => {
      let { cursor } = await stage.storage.changedSince()
      for (let i = 0; i < 40; i++) {
        await stage.signIn(`user ${i}`)
        await stage.storage.end(`user ${i}`, 'all', stage.how())
        stage.now += 10_000
        ;({ cursor } = await stage.storage.changedSince(cursor))
        assert.ok(cursor.seen.size <= 10, `${cursor.seen.size} users`)
      }
    },
  ],
  [
    'a purge deletes up to its limit of what expired before the day, ended or not, and nothing else',
    async (stage) => {
      const { storage } = stage
      const day = Math.ceil(stage.now / DAY) * DAY
      for (let i = 0; i < 5; i++) await stage.signIn(`user ${i % 2}`, { expiresAt: day - i * 1000 })
      await storage.end('user 0', 'all', stage.how())
      const kept = await stage.signIn('user 1', { expiresAt: day + 1 })
      assert.equal(await storage.countPurgeable(day), 0)
      assert.equal(await storage.purge(day, 10), 0)
      assert.equal(await storage.countPurgeable(day + 1), 5)
      assert.equal(await storage.purge(day + 1, 3), 3)
      assert.equal(await storage.countPurgeable(day + 1), 2)
      assert.equal(await storage.purge(day + 1, 3), 2)
      assert.equal(await storage.purge(day + 1, 3), 0)
      assert.deepEqual(
        (await storage.search({ limit: 10 })).map(({ id }) => id),
        [kept.id],
      )
    },
  ],
  [
    'a touched session is purged by the latest expiry it was given',
    async (stage) => {
      const { userId, id, expiresAt } = await stage.signIn('alice')
      await stage.storage.touch([{ userId, id, lastSeenAt: stage.now, expiresAt: expiresAt + 3 * DAY }])
      await stage.storage.touch([{ userId, id, lastSeenAt: stage.now, expiresAt }])
      assert.equal(await stage.storage.countPurgeable(expiresAt + 2 * DAY), 0)
      assert.equal(await stage.storage.countPurgeable(expiresAt + 5 * DAY), 1)
    },
  ],
  [
    'an erasure deletes all of one user and nothing of others',
    async (stage) => {
      const { storage } = stage
      const { keyHash } = await stage.signIn('alice')
      await stage.signIn('alice')
      await storage.end('alice', 'all', stage.how())
      await storage.block('alice', true)
      const bob = await stage.signIn('bob')
      assert.equal(await storage.erase('alice'), 2)
      assert.equal(await storage.erase('alice'), 0)
      assert.equal(await storage.erase('nobody'), 0)
      assert.equal(await storage.find('alice', keyHash), undefined)
      assert.deepEqual(await storage.list('alice', { endedSince: 0 }), [])
      assert.equal(await storage.isBlocked('alice'), false)
      assert.deepEqual(await stage.liveIds('bob'), [bob.id])
      await stage.signIn('alice', { keyHash })
    },
  ],
  [
    'a meta value is what was written last, or first when it is only to be there',
    async ({ storage }) => {
      assert.equal(await storage.meta('__proto__'), undefined)
      assert.equal(await storage.meta('a', { value: '1' }), '1')
      assert.equal(await storage.meta('a', { value: '2', ifAbsent: true }), '1')
      assert.equal(await storage.meta('a', { value: '3' }), '3')
      assert.equal(await storage.meta('a'), '3')
      const all = await Promise.all(['x', 'y', 'z'].map((value) => storage.meta('b', { value, ifAbsent: true })))
      assert.equal(new Set(all).size, 1)
    },
  ],
  [
    'of many that write a meta value in the place of the same one, exactly one does',
    async ({ storage }) => {
      assert.equal(await storage.meta('turn', { value: 'never', from: 'nothing' }), undefined)
      await storage.meta('turn', { value: '0' })
      assert.equal(await storage.meta('turn', { value: 'late', from: '1' }), '0')
      const all = await Promise.all(['x', 'y', 'z'].map((value) => storage.meta('turn', { value, from: '0' })))
      assert.equal(new Set(all).size, 1)
      assert.equal(await storage.meta('turn'), all[0])
    },
  ],
  [
    'a closed storage says so, and closing it again does no harm',
    async ({ storage }) => {
      await storage.close()
      await storage.close()
      await assert.rejects(storage.list('alice'), { code: 'closed' })
    },
  ],
]

async function follow(storage: Storage): Promise<() => Promise<string[]>> {
  const first = await storage.changedSince()
  assert.deepEqual(first.users, [])
  let cursor: ChangeCursor = first.cursor
  // What changed just before the first look may be told once more.
  ;({ cursor } = await storage.changedSince(cursor))
  return async () => {
    const changed = await storage.changedSince(cursor)
    cursor = changed.cursor
    return [...changed.users]
  }
}
