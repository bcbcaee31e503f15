import assert from 'node:assert/strict'
import type { Unsettled } from '../../storage/storage.js'
import { HOUR, type Law, type Stage } from './stage.js'

/** What `unsettled` and `settled` promise. */
export const unsettledLaws: readonly Law[] = [
  [
    'an end marks its user when it is to, once however many sessions it ends, and only if it ends any',
    async (stage) => {
      await stage.signIn('alice')
      await stage.signIn('alice')
      await stage.signIn('bob')
      await stage.storage.end('bob', 'all', stage.how())
      await stage.storage.end('nobody', 'all', stage.how('app', { unsettled: true }))
      await stage.storage.end('alice', { ids: [] }, stage.how('app', { unsettled: true }))
      assert.deepEqual(await marks(stage), [])
      const first = await marked(stage, 'alice')
      assert.deepEqual(await marks(stage), [['alice', 1, first]])
      await stage.storage.end('alice', 'all', stage.how('app', { unsettled: true }))
      assert.deepEqual(await marks(stage), [['alice', 1, first]])
      await stage.signIn('alice')
      await marked(stage, 'alice')
      assert.deepEqual(await marks(stage), [['alice', 2, first]])
    },
  ],
  [
    'a cap marks the user when it evicts, and only then',
    async (stage) => {
      const cap = () => ({ ...stage.cap(1), unsettled: true })
      await stage.signIn('alice', {}, cap())
      assert.deepEqual(await marks(stage), [])
      const { ending, ...rest } = cap()
      await stage.signIn('alice', {}, { ending, ...rest })
      assert.deepEqual(await marks(stage), [['alice', 1, ending.at]])
    },
  ],
  [
    'the time of a mark is that of the earliest end, though it came later from a clock that is behind',
    async (stage) => {
      const at = await signedInAndMarked(stage, 'alice')
      await stage.signIn('alice')
      await stage.storage.end('alice', 'all', stage.how('app', { unsettled: true, at: at - 500 }))
      assert.deepEqual(await marks(stage), [['alice', 2, at - 500]])
    },
  ],
  [
    'who waits is told in pages, longest waiting first, and only whose mark is from before the time asked for',
    async (stage) => {
      const since: number[] = []
      for (const user of ['carol', 'alice', 'bob']) {
        since.push(await signedInAndMarked(stage, user))
        stage.now += 100
      }
      const [carol, alice, bob] = since
      assert.deepEqual(await marks(stage, bob), [
        ['carol', 1, carol],
        ['alice', 1, alice],
      ])
      for (const user of ['dave', 'erin']) await signedInAndMarked(stage, user)
      await stage.storage.settled('dave', { endedAt: stage.now })
      for (const user of ['dave', 'erin']) {
        await stage.signIn(user)
        await stage.storage.end(user, 'all', stage.how('app', { unsettled: true, at: bob ?? 0 }))
      }
      const told: string[] = []
      let after: Unsettled | undefined
      for (;;) {
        const page = await stage.storage.unsettled(stage.now + HOUR, 2, after)
        told.push(...page.map(({ userId }) => userId))
        after = page.at(-1)
        if (page.length < 2) break
      }
      assert.deepEqual(told, ['carol', 'alice', 'bob', 'dave', 'erin'])
    },
  ],
  [
    'one settled end takes one mark back, and the last one takes the time with it',
    async (stage) => {
      const first = await signedInAndMarked(stage, 'alice')
      const second = await signedInAndMarked(stage, 'alice')
      await stage.storage.settled('alice', { endedAt: second })
      assert.deepEqual(await marks(stage), [['alice', 1, first]])
      await stage.storage.settled('alice', { endedAt: first })
      assert.deepEqual(await marks(stage), [])
      await stage.storage.settled('alice', { endedAt: first })
      const third = await signedInAndMarked(stage, 'alice')
      assert.deepEqual(await marks(stage), [['alice', 1, third]])
    },
  ],
  [
    'an end whose mark somebody took back already takes none of a later one',
    async (stage) => {
      const { storage } = stage
      const early = await signedInAndMarked(stage, 'alice')
      await settleAll(stage)
      const late = await signedInAndMarked(stage, 'alice')
      await storage.settled('alice', { endedAt: early })
      assert.deepEqual(await marks(stage), [['alice', 1, late]])
      await storage.settled('nobody', { endedAt: late })
    },
  ],
  [
    'all marks are taken back together only if nothing was marked since they were told of',
    async (stage) => {
      const { storage } = stage
      const first = await signedInAndMarked(stage, 'alice')
      const [told] = await storage.unsettled(stage.now + 1, 9)
      assert.ok(told)
      await signedInAndMarked(stage, 'alice')
      // One is settled meanwhile: the count is the same, what it counts is not.
      await storage.settled('alice', { endedAt: stage.now })
      await storage.settled('alice', told)
      assert.deepEqual(await marks(stage), [['alice', 1, first]])
      await settleAll(stage)
      assert.deepEqual(await marks(stage), [])
    },
  ],
  [
    'a re-key takes back the mark of the end it undoes, when it is to',
    async (stage) => {
      const { id } = await stage.signIn('alice')
      const how = stage.how('user', { unsettled: true })
      await stage.storage.end('alice', { ids: [id] }, how)
      stage.now += 50
      const next = { ...stage.next('new key'), unsettled: true }
      assert.equal(await stage.storage.rekey('alice', id, stage.how().endingId, next), false)
      assert.equal((await marks(stage)).length, 1)
      assert.equal(await stage.storage.rekey('alice', id, how.endingId, next), true)
      assert.deepEqual(await marks(stage), [])
    },
  ],
  [
    'marks stay with an erased user, and go along to the id a user is moved to',
    async (stage) => {
      const { storage } = stage
      const first = await signedInAndMarked(stage, 'alice')
      await signedInAndMarked(stage, 'bob')
      await storage.moveUser('alice', 'bob')
      assert.deepEqual(await marks(stage), [['bob', 2, first]])
      await storage.erase('bob')
      assert.deepEqual(await marks(stage), [['bob', 2, first]])
      assert.deepEqual(await storage.list('bob', { endedSince: first }), [])
      await settleAll(stage)
      assert.deepEqual(await marks(stage), [])
    },
  ],
  [
    'of many ends at once none is left out of the count',
    async (stage) => {
      const sessions = []
      for (let i = 0; i < 20; i++) sessions.push(await stage.signIn('alice'))
      const end = (id: string) => stage.storage.end('alice', { ids: [id] }, stage.how('app', { unsettled: true }))
      await Promise.all(sessions.map(({ id }) => end(id)))
      assert.equal((await marks(stage))[0]?.[1], 20)
      await Promise.all(sessions.map(() => stage.storage.settled('alice', { endedAt: stage.now })))
      assert.deepEqual(await marks(stage), [])
    },
  ],
]

type Mark = readonly [user: string, ends: number, since: number | undefined]

async function marks(stage: Stage, before: number = stage.now + HOUR): Promise<Mark[]> {
  const found = await stage.storage.unsettled(before, 100)
  return found.map(({ userId, ends, since }) => [userId, ends, since] as const)
}

/** Ends all of a user's sessions, later than anything before, and returns when. */
async function marked(stage: Stage, user: string): Promise<number> {
  stage.now += 10
  await stage.storage.end(user, 'all', stage.how('app', { unsettled: true }))
  return stage.now
}

async function signedInAndMarked(stage: Stage, user: string): Promise<number> {
  await stage.signIn(user)
  return marked(stage, user)
}

async function settleAll(stage: Stage): Promise<void> {
  const found = await stage.storage.unsettled(stage.now + HOUR, 100)
  for (const each of found) await stage.storage.settled(each.userId, each)
}
