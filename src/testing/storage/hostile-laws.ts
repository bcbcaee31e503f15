import assert from 'node:assert/strict'
import type { Law } from './stage.js'

const USERS = [
  'alice',
  'ALICE',
  'álice',
  'a\u0301lice',
  'alice ',
  ' alice',
  '__proto__',
  'constructor',
  "'; drop table user_sessions; --",
  '"quoted"',
  '\\',
  '🦊',
  '*',
  'a?[b]{c}',
  '%',
  '_lice',
  'a:b:{c}',
  '0',
  '00',
  'null',
  'line\nbreak',
  'x'.repeat(255),
]

const NO_USERS: readonly unknown[] = [
  '',
  'x'.repeat(256),
  '🦊'.repeat(64),
  'nul\0',
  'half \ud83e',
  undefined,
  null,
  7,
  ['alice'],
  { id: 'alice' },
]

/** What every method promises about strings that mean harm. */
export const hostileLaws: readonly Law[] = [
  [
    'user ids are compared byte by byte: ids that merely look alike are different users',
    async (stage) => {
      const { storage } = stage
      const keyHash = stage.hash('one key')
      for (const user of USERS) await stage.signIn(user, { keyHash })
      for (const user of USERS) {
        const live = await storage.list(user)
        assert.deepEqual(
          live.map(({ userId }) => userId),
          [user],
        )
        assert.equal((await storage.find(user, keyHash))?.userId, user)
        assert.equal((await storage.search({ text: user, limit: 50 })).length, 1, user)
      }
      let left = USERS.length
      for (const user of USERS) {
        assert.equal((await storage.end(user, 'all', stage.how())).length, 1)
        left--
        const live = (await storage.search({ limit: 50 })).filter(({ endedAt }) => endedAt === null)
        assert.equal(live.length, left)
      }
    },
  ],
  [
    'what changed is told by the exact user id',
    async (stage) => {
      const { cursor } = await stage.storage.changedSince()
      for (const user of USERS) await stage.storage.block(user, true)
      const { users } = await stage.storage.changedSince(cursor)
      assert.deepEqual([...users].sort(), [...USERS].sort())
    },
  ],
  [
    'what is no user id is a TypeError in every method, and changes nothing',
    async (stage) => {
      const { storage } = stage
      for (const wrong of NO_USERS) {
        const user = wrong as string
        const touch = { userId: user, id: stage.id(), lastSeenAt: 1, expiresAt: 1 }
        const calls = [
          () => storage.record({ ...stage.fresh('alice'), userId: user }),
          () => storage.find(user, stage.hash('')),
          () => storage.get(user, stage.id()),
          () => storage.list(user),
          () => storage.touch([touch]),
          () => storage.update(user, stage.id(), { name: 'x' }),
          () => storage.rekey(user, stage.id(), stage.id(), stage.next('')),
          () => storage.end(user, 'all', stage.how()),
          () => storage.block(user, true),
          () => storage.isBlocked(user),
          () => storage.erase(user),
        ]
        for (const call of calls) await assert.rejects(call, TypeError, String(call))
      }
      assert.deepEqual(await storage.search({ limit: 1 }), [])
    },
  ],
  [
    'a session id in any form but its own names nothing',
    async (stage) => {
      const { storage } = stage
      const { id } = await stage.signIn('alice')
      const wrong = [
        id.toUpperCase(),
        `${id} `,
        `{${id}}`,
        id.replaceAll('-', ''),
        '',
        '__proto__',
        '%',
        'x'.repeat(1e6),
      ]
      for (const each of wrong) {
        assert.equal(await storage.get('alice', each), undefined)
        assert.equal(await storage.update('alice', each, { name: 'x' }), false)
      }
      assert.deepEqual(await storage.end('alice', { ids: wrong }, stage.how()), [])
      const many = Array.from({ length: 40_000 }, () => stage.id())
      assert.deepEqual(await storage.end('alice', { ids: many }, stage.how()), [])
      assert.equal((await storage.end('alice', { except: [...wrong, ...many] }, stage.how())).length, 1)
    },
  ],
  [
    'text comes back as it went in, and what no database can hold is replaced',
    async (stage) => {
      const { storage } = stage
      const texts = ["'); --", '"', '\\u0000', '🦊 ñ \u202e', '\r\n\t', '%_*', '\u0001', '']
      for (const text of texts) {
        const { id } = await stage.signIn('alice', { userAgent: text, name: text, data: text })
        const record = await storage.get('alice', id)
        assert.deepEqual([record?.userAgent, record?.name, record?.data], [text, text, text])
      }
      const bad = 'a\0b\ud800c\udc00'
      const good = 'a\ufffdb\ufffdc\ufffd'
      const { id, userAgent } = await stage.signIn('alice', { userAgent: bad, ip: bad })
      assert.equal(userAgent, good)
      assert.equal((await storage.get('alice', id))?.ip, good)
      const client = { ip: bad, userAgent: bad, knownClients: null }
      assert.equal(await storage.update('alice', id, { name: bad, userAgent: 'other' }, client), true)
      assert.equal((await storage.get('alice', id))?.name, good)
      await storage.end('alice', { ids: [id] }, stage.how('admin', { by: bad }))
      assert.equal((await storage.get('alice', id))?.endedBy, good)
      assert.equal(await storage.meta('text', { value: bad }), good)
    },
  ],
]
