import assert from 'node:assert/strict'
import type { Law } from './stage.js'

/** What `record`, `find`, `get`, `block` and the cap promise. */
export const recordLaws: readonly Law[] = [
  [
    'a recorded session is found by its key hash and by its id, field for field',
    async (stage) => {
      const fresh = stage.fresh('alice', { name: 'Work laptop', data: '{"a":1}', sealedKey: null, ip: null })
      const expected = { ...fresh, knownClients: null, endedAt: null, endReason: null, endedBy: null }
      assert.deepEqual(await stage.storage.record(fresh), { outcome: 'recorded', record: expected, evicted: [] })
      assert.deepEqual(await stage.storage.find('alice', fresh.keyHash), expected)
      assert.deepEqual(await stage.storage.get('alice', fresh.id), expected)
    },
  ],
  [
    'what was never recorded is not found',
    async (stage) => {
      const { storage } = stage
      assert.equal(await storage.find('nobody', new Uint8Array(32)), undefined)
      assert.equal(await storage.get('nobody', '01900000-0000-7000-8000-000000000000'), undefined)
      assert.deepEqual(await storage.list('nobody'), [])
      assert.equal(await storage.isBlocked('nobody'), false)
      assert.deepEqual(await storage.end('nobody', 'all', stage.how()), [])
    },
  ],
  [
    'a second record under the same key is refused and the first one is returned, live or ended',
    async (stage) => {
      const first = await stage.signIn('alice')
      const again = stage.fresh('alice', { keyHash: first.keyHash })
      assert.deepEqual(await stage.storage.record(again), { outcome: 'exists', record: first })
      await stage.storage.end('alice', 'all', stage.how())
      const recorded = await stage.storage.record(again, stage.cap(1))
      assert.equal(recorded.outcome, 'exists')
      assert.equal(recorded.outcome === 'exists' && recorded.record.endReason, 'other-session')
      assert.deepEqual(await stage.liveIds('alice'), [])
    },
  ],
  [
    'of fifty that record one key at once, exactly one does',
    async (stage) => {
      const keyHash = stage.hash('one key')
      const all = Array.from({ length: 50 }, () => stage.storage.record(stage.fresh('alice', { keyHash })))
      const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome)
      assert.equal(outcomes.filter((outcome) => outcome === 'recorded').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'exists').length, 49)
    },
  ],
  [
    'two users may have a record under one key',
    async (stage) => {
      const keyHash = stage.hash('one key')
      const a = await stage.signIn('alice', { keyHash })
      const b = await stage.signIn('bob', { keyHash })
      assert.equal((await stage.storage.find('alice', keyHash))?.id, a.id)
      assert.equal((await stage.storage.find('bob', keyHash))?.id, b.id)
    },
  ],
  [
    'bytes that are handed over or handed out are copies',
    async (stage) => {
      const fresh = stage.fresh('alice')
      const wanted = Uint8Array.from(fresh.keyHash)
      await stage.storage.record(fresh)
      fresh.keyHash.fill(0)
      assert.deepEqual((await stage.storage.find('alice', wanted))?.keyHash, wanted)
    },
  ],
  [
    'a cap ends the oldest created beyond it, never the new one, and says which',
    async (stage) => {
      const a = await stage.signIn('alice')
      const b = await stage.signIn('alice')
      const c = await stage.signIn('alice')
      // Older than all the others by its own account, and still not evicted: it is the new one.
      const fresh = stage.fresh('alice', { createdAt: a.createdAt - 1000 })
      const recorded = await stage.storage.record(fresh, stage.cap(2))
      assert.equal(recorded.outcome, 'recorded')
      const evicted = recorded.outcome === 'recorded' ? recorded.evicted : []
      assert.deepEqual(evicted.map(({ id }) => id).sort(), [a.id, b.id].sort())
      for (const record of evicted) {
        assert.equal(record.endReason, 'limit')
        assert.deepEqual(await stage.storage.get('alice', record.id), record)
      }
      assert.deepEqual(await stage.liveIds('alice'), [c.id, fresh.id])
    },
  ],
  [
    'fifty sign-ins at once never exceed the cap, and every eviction is told once',
    async (stage) => {
      const all = Array.from({ length: 50 }, () => stage.storage.record(stage.fresh('alice'), stage.cap(5)))
      const told: string[] = []
      for (const recorded of await Promise.all(all)) {
        assert.equal(recorded.outcome, 'recorded')
        if (recorded.outcome === 'recorded') told.push(...recorded.evicted.map(({ id }) => id))
      }
      assert.equal((await stage.storage.list('alice')).length, 5)
      assert.equal(told.length, 45)
      assert.equal(new Set(told).size, 45)
    },
  ],
  [
    'a cap leaves other users and ended sessions alone',
    async (stage) => {
      const bob = await stage.signIn('bob')
      const ended = await stage.signIn('alice')
      await stage.storage.end('alice', 'all', stage.how('user'))
      await stage.signIn('alice', {}, stage.cap(1))
      assert.deepEqual(await stage.liveIds('bob'), [bob.id])
      assert.equal((await stage.storage.get('alice', ended.id))?.endReason, 'user')
    },
  ],
  [
    'while a user is blocked nothing is recorded for them, and what lives goes on',
    async (stage) => {
      const before = await stage.signIn('alice')
      await stage.storage.block('alice', true)
      assert.equal(await stage.storage.isBlocked('alice'), true)
      assert.deepEqual(await stage.storage.record(stage.fresh('alice')), { outcome: 'blocked' })
      assert.deepEqual(await stage.storage.record(stage.fresh('alice'), stage.cap(1)), { outcome: 'blocked' })
      assert.deepEqual(await stage.liveIds('alice'), [before.id])
      assert.equal(await stage.storage.isBlocked('bob'), false)
      await stage.storage.block('alice', false)
      assert.equal(await stage.storage.isBlocked('alice'), false)
      await stage.signIn('alice')
    },
  ],
  [
    'a user who moves takes their records along, live and ended, and leaves those whose key the new id has',
    async (stage) => {
      const { storage } = stage
      const live = await stage.signIn('alice')
      const ended = await stage.signIn('alice')
      await storage.end('alice', { ids: [ended.id] }, stage.how('user'))
      const shared = await stage.signIn('alice', { keyHash: stage.hash('shared') })
      await stage.signIn('bob', { keyHash: stage.hash('shared') })
      const { cursor } = await storage.changedSince()
      stage.now += 1
      assert.equal(await storage.moveUser('alice', 'bob'), 2)
      assert.deepEqual(await storage.get('bob', live.id), { ...live, userId: 'bob' })
      assert.equal((await storage.get('bob', ended.id))?.endReason, 'user')
      assert.deepEqual(await stage.liveIds('alice'), [shared.id])
      assert.equal((await storage.find('bob', live.keyHash))?.id, live.id)
      assert.deepEqual([...(await storage.changedSince(cursor)).users].sort(), ['alice', 'bob'])
      assert.equal(await storage.moveUser('alice', 'alice'), 0)
    },
  ],
  [
    'a sign-in side by side with a block and an end of all leaves nothing alive',
    async (stage) => {
      const blockAndEnd = async () => {
        await stage.storage.block('alice', true)
        await stage.storage.end('alice', 'all', stage.how('blocked'))
      }
      const signIns = Array.from({ length: 20 }, () => stage.storage.record(stage.fresh('alice')))
      await Promise.all([...signIns.slice(0, 10), blockAndEnd(), ...signIns.slice(10)])
      assert.deepEqual(await stage.liveIds('alice'), [])
    },
  ],
  [
    'a key is sealed anew only where it is live and still sealed as it was read, and that is no change to learn of',
    async (stage) => {
      const { storage } = stage
      const [live, ended, rekeyed] = [
        await stage.signIn('alice'),
        await stage.signIn('alice'),
        await stage.signIn('bob'),
      ]
      const from = new Uint8Array([1, 2, 3])
      const to = new Uint8Array([7, 7])
      const batch = [live, ended, rekeyed].map(({ userId, id }) => ({ userId, id, from, to }))
      const how = stage.how('user')
      await storage.end('bob', { ids: [rekeyed.id] }, how)
      await storage.rekey('bob', rekeyed.id, how.endingId, stage.next('new key'))
      await storage.end('alice', { ids: [ended.id] }, stage.how())
      const { cursor } = await storage.changedSince((await storage.changedSince()).cursor)
      const nobody = { userId: 'nobody', id: live.id, from, to }
      assert.equal(await storage.reseal([...batch, nobody, { ...nobody, id: 'no id' }]), 1)
      assert.deepEqual(await storage.get('alice', live.id), { ...live, sealedKey: to })
      assert.deepEqual((await storage.get('alice', ended.id))?.sealedKey, from)
      assert.deepEqual((await storage.get('bob', rekeyed.id))?.sealedKey, new Uint8Array([9]))
      assert.equal(await storage.reseal(batch), 0)
      assert.deepEqual((await storage.changedSince(cursor)).users, [])
      to.fill(0)
      assert.deepEqual((await storage.get('alice', live.id))?.sealedKey, new Uint8Array([7, 7]))
      assert.deepEqual(
        (await storage.list('alice')).map(({ id }) => id),
        [live.id],
      )
    },
  ],
]
