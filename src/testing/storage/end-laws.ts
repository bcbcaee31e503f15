import assert from 'node:assert/strict'
import type { Law, Stage } from './stage.js'

/** What `end` and `rekey` promise. */
export const endLaws: readonly Law[] = [
  [
    'an end ends the sessions it names and returns them as they are then, with their keys',
    async (stage) => {
      const a = await stage.signIn('alice')
      const b = await stage.signIn('alice')
      const how = stage.how('admin', { by: 'admin:eve' })
      const ended = await stage.storage.end('alice', { ids: [a.id] }, how)
      assert.deepEqual(ended, [{ ...a, endedAt: how.at, endReason: 'admin', endedBy: 'admin:eve' }])
      assert.deepEqual(await stage.storage.find('alice', a.keyHash), ended[0])
      assert.deepEqual(await stage.liveIds('alice'), [b.id])
    },
  ],
  [
    'an end by anybody or nobody is kept as such',
    async (stage) => {
      const { id } = await stage.signIn('alice')
      await stage.storage.end('alice', 'all', stage.how('expired', { by: null }))
      assert.equal((await stage.storage.get('alice', id))?.endedBy, null)
    },
  ],
  [
    'an end of all, of none and of all but some end just these',
    async (stage) => {
      const [a, b, c] = [await stage.signIn('alice'), await stage.signIn('alice'), await stage.signIn('alice')]
      assert.deepEqual(await stage.storage.end('alice', { ids: [] }, stage.how()), [])
      assert.deepEqual(await stage.liveIds('alice'), [c.id, b.id, a.id])
      const but = await stage.storage.end('alice', { except: [a.id, b.id] }, stage.how())
      assert.deepEqual(
        but.map(({ id }) => id),
        [c.id],
      )
      const all = await stage.storage.end('alice', { except: [] }, stage.how())
      assert.equal(all.length, 2)
      assert.deepEqual(await stage.storage.end('alice', 'all', stage.how()), [])
    },
  ],
  [
    "an end ends nobody else's sessions, whatever ids it is given",
    async (stage) => {
      const { id } = await stage.signIn('bob')
      assert.deepEqual(await stage.storage.end('alice', { ids: [id] }, stage.how()), [])
      await stage.storage.end('alice', 'all', stage.how())
      assert.deepEqual(await stage.liveIds('bob'), [id])
    },
  ],
  [
    'of many ends at once each session is returned by exactly one, and the first reason stays',
    async (stage) => {
      for (let i = 0; i < 20; i++) await stage.signIn('alice')
      const ends = await Promise.all(
        Array.from({ length: 10 }, () => stage.storage.end('alice', 'all', stage.how('app'))),
      )
      const ids = ends.flat().map(({ id }) => id)
      assert.equal(ids.length, 20)
      assert.equal(new Set(ids).size, 20)
      await stage.storage.end('alice', 'all', stage.how('admin'))
      for (const id of ids) assert.equal((await stage.storage.get('alice', id))?.endReason, 'app')
    },
  ],
  [
    'an end with release frees the key for a new record, keeps the ended one, and still returns the key it had',
    async (stage) => {
      const a = await stage.signIn('alice')
      const b = await stage.signIn('alice')
      const ended = await stage.storage.end('alice', { ids: [a.id, b.id] }, stage.how('switched', { release: true }))
      const byId = new Map(ended.map((record) => [record.id, record]))
      for (const { id, keyHash, sealedKey } of [a, b]) {
        assert.deepEqual(byId.get(id)?.keyHash, keyHash)
        assert.deepEqual(byId.get(id)?.sealedKey, sealedKey)
        assert.equal(await stage.storage.find('alice', keyHash), undefined)
        const kept = await stage.storage.get('alice', id)
        assert.equal(kept?.endReason, 'switched')
        assert.equal(kept?.sealedKey, null)
        await stage.signIn('alice', { keyHash })
      }
    },
  ],
  [
    'a re-key brings its session back under the new key, seen now, and leaves a tombstone for the old one',
    async (stage) => {
      const before = await stage.signIn('alice', { name: 'Laptop', data: '{"a":1}' })
      const how = stage.how('user')
      await stage.storage.end('alice', { ids: [before.id] }, how)
      stage.now += 50
      const next = stage.next('new key')
      assert.equal(await stage.storage.rekey('alice', before.id, how.endingId, next), true)
      const { keyHash, sealedKey } = next
      const after = { ...before, keyHash, sealedKey, lastSeenAt: stage.now }
      assert.deepEqual(await stage.storage.find('alice', keyHash), after)
      assert.deepEqual(await stage.storage.list('alice'), [after])
      const tombstone = await stage.storage.find('alice', before.keyHash)
      assert.equal(tombstone?.id, next.tombstoneId)
      assert.equal(tombstone?.endReason, 'rekeyed')
      assert.equal(tombstone?.endedAt, next.at)
      assert.equal(tombstone?.expiresAt, before.expiresAt)
    },
  ],
  [
    'a re-key needs the id of the end it undoes, the user and the session',
    async (stage) => {
      const { id, how } = await pending(stage)
      const next = stage.next('new key')
      assert.equal(await stage.storage.rekey('alice', id, stage.how().endingId, next), false)
      assert.equal(await stage.storage.rekey('bob', id, how.endingId, next), false)
      assert.equal(await stage.storage.rekey('alice', stage.id(), how.endingId, next), false)
      assert.equal(await stage.storage.rekey('alice', id, 'nothing', next), false)
      assert.deepEqual(await stage.liveIds('alice'), [])
      assert.equal(await stage.storage.find('alice', next.keyHash), undefined)
    },
  ],
  [
    'a re-key happens once',
    async (stage) => {
      const { id, how } = await pending(stage)
      const tries = ['one', 'two', 'three'].map((key) =>
        stage.storage.rekey('alice', id, how.endingId, stage.next(key)),
      )
      assert.deepEqual((await Promise.all(tries)).filter(Boolean), [true])
      assert.deepEqual(await stage.liveIds('alice'), [id])
    },
  ],
  [
    'an end that comes after the first one voids the re-key: ended stays ended',
    async (stage) => {
      for (const which of ['all', 'ids', 'except'] as const) {
        const { id, how } = await pending(stage)
        const chosen = which === 'all' ? which : which === 'ids' ? { ids: [id] } : { except: [stage.id()] }
        stage.now += 10
        assert.deepEqual(await stage.storage.end('alice', chosen, stage.how()), [])
        assert.equal(await stage.storage.rekey('alice', id, how.endingId, stage.next(`after ${which}`)), false)
        const record = await stage.storage.get('alice', id)
        assert.deepEqual([record?.endReason, record?.endedAt], ['user', how.at])
      }
    },
  ],
  [
    'an end of other sessions leaves a pending re-key alone',
    async (stage) => {
      const other = await stage.signIn('alice')
      const { id, how } = await pending(stage)
      await stage.storage.end('alice', { ids: [other.id] }, stage.how())
      await stage.storage.end('alice', { except: [id] }, stage.how())
      assert.equal(await stage.storage.rekey('alice', id, how.endingId, stage.next('new key')), true)
    },
  ],
  [
    'an end after a re-key ends the session under its new key',
    async (stage) => {
      const { id, how } = await pending(stage)
      const next = stage.next('new key')
      await stage.storage.rekey('alice', id, how.endingId, next)
      const ended = await stage.storage.end('alice', 'all', stage.how())
      assert.deepEqual(
        ended.map((record) => record.id),
        [id],
      )
      assert.deepEqual(ended[0]?.keyHash, next.keyHash)
    },
  ],
  [
    'a re-key and an end at the same time leave the session ended, whoever is first',
    async (stage) => {
      for (let i = 0; i < 20; i++) {
        const { id, how } = await pending(stage)
        const rekey = () => stage.storage.rekey('alice', id, how.endingId, stage.next(`key ${i}`))
        const end = () => stage.storage.end('alice', 'all', stage.how())
        await Promise.all(i % 2 ? [rekey(), end()] : [end(), rekey()])
        assert.deepEqual(await stage.liveIds('alice'), [])
      }
    },
  ],
  [
    'only a sign-out by its user can be re-keyed',
    async (stage) => {
      for (const reason of ['other-session', 'admin', 'credentials-changed', 'blocked', 'limit'] as const) {
        const { id, how } = await pending(stage, reason)
        assert.equal(await stage.storage.rekey('alice', id, how.endingId, stage.next(reason)), false, reason)
      }
    },
  ],
  [
    'a re-key to a key that is recorded already is refused',
    async (stage) => {
      const { id, how } = await pending(stage)
      const other = await stage.signIn('alice')
      const next = { ...stage.next(''), keyHash: other.keyHash }
      assert.equal(await stage.storage.rekey('alice', id, how.endingId, next), false)
      assert.deepEqual(await stage.liveIds('alice'), [other.id])
    },
  ],
]

async function pending(
  stage: Stage,
  reason: 'user' | 'other-session' | 'admin' | 'credentials-changed' | 'blocked' | 'limit' = 'user',
) {
  const { id } = await stage.signIn('alice')
  const how = stage.how(reason)
  await stage.storage.end('alice', { ids: [id] }, how)
  return { id, how }
}
