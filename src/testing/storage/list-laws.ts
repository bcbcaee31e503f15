import assert from 'node:assert/strict'
import type { SessionRecord } from '../../session.js'
import type { Law } from './stage.js'

/** What `list`, `search` and `update` promise. */
export const listLaws: readonly Law[] = [
  [
    'a list has the live sessions of one user, newest created first, cut at the limit',
    async (stage) => {
      const a = await stage.signIn('alice')
      const b = await stage.signIn('alice', { createdAt: a.createdAt - 1000 })
      const c = await stage.signIn('alice')
      await stage.signIn('bob')
      assert.deepEqual(await stage.liveIds('alice'), [c.id, a.id, b.id])
      assert.deepEqual(
        (await stage.storage.list('alice', { limit: 2 })).map(({ id }) => id),
        [c.id, a.id],
      )
    },
  ],
  [
    'a history has the sessions that ended at or after a time, latest end first',
    async (stage) => {
      const [a, b, c] = [await stage.signIn('alice'), await stage.signIn('alice'), await stage.signIn('alice')]
      await stage.signIn('alice')
      for (const [step, { id }] of [b, c, a].entries()) {
        await stage.storage.end('alice', { ids: [id] }, stage.how('user', { at: 1000 + step }))
      }
      const since = async (endedSince: number, limit?: number) => {
        const page = limit === undefined ? { endedSince } : { endedSince, limit }
        return (await stage.storage.list('alice', page)).map(({ id }) => id)
      }
      assert.deepEqual(await since(0), [a.id, c.id, b.id])
      assert.deepEqual(await since(1001), [a.id, c.id])
      assert.deepEqual(await since(0, 1), [a.id])
      assert.deepEqual(await since(1003), [])
    },
  ],
  [
    'a thousand sessions of one user are all listed, and all end in one call',
    async (stage) => {
      for (let i = 0; i < 1000; i++) await stage.signIn('alice')
      const listed = await stage.storage.list('alice')
      assert.equal(listed.length, 1000)
      const [newest] = listed
      assert.ok(newest)
      const ended = await stage.storage.end('alice', { except: [newest.id] }, stage.how())
      assert.equal(ended.length, 999)
      assert.deepEqual(await stage.liveIds('alice'), [newest.id])
    },
  ],
  [
    'an update changes the fields it names on a live session, and no others',
    async (stage) => {
      const { storage } = stage
      const before = await stage.signIn('alice', { name: 'Old', data: '{}' })
      const client = { ip: '198.51.100.1', hints: '{}', knownClients: 'abc' }
      const patch = { name: null, ...client, lastSeenAt: before.lastSeenAt + 5, authenticatedAt: 7 }
      assert.equal(await storage.update('alice', before.id, patch), true)
      assert.deepEqual(await storage.get('alice', before.id), { ...before, ...patch })
      assert.equal(await storage.update('alice', before.id, { data: '{"b":2}', userAgent: null }), true)
      assert.deepEqual(await storage.get('alice', before.id), { ...before, ...patch, data: '{"b":2}', userAgent: null })
    },
  ],
  [
    'an update never moves last seen back',
    async (stage) => {
      const { id, lastSeenAt } = await stage.signIn('alice')
      await stage.storage.update('alice', id, { lastSeenAt: lastSeenAt - 1000 })
      assert.equal((await stage.storage.get('alice', id))?.lastSeenAt, lastSeenAt)
    },
  ],
  [
    'an update of an ended, unknown or foreign session changes nothing and says so',
    async (stage) => {
      const { storage } = stage
      const { id } = await stage.signIn('alice')
      assert.equal(await storage.update('bob', id, { name: 'Mine' }), false)
      assert.equal(await storage.update('alice', stage.id(), { name: 'None' }), false)
      assert.equal(await storage.update('alice', id, {}), true)
      await storage.end('alice', 'all', stage.how())
      assert.equal(await storage.update('alice', id, { name: 'Late' }), false)
      assert.equal(await storage.update('alice', id, {}), false)
      assert.equal((await storage.get('alice', id))?.name, null)
    },
  ],
  [
    'of many updates from the same client exactly one is true, with a known and with an unknown client before',
    async (stage) => {
      for (const client of [
        { ip: '203.0.113.7', userAgent: 'Agent/1.0' },
        { ip: null, userAgent: null },
      ]) {
        const before = await stage.signIn('alice', client)
        const move = () =>
          stage.storage.update('alice', before.id, { ip: '198.51.100.1', userAgent: 'Agent/2.0' }, before)
        const moved = await Promise.all(Array.from({ length: 20 }, move))
        assert.equal(moved.filter(Boolean).length, 1)
      }
    },
  ],
  [
    'an update from a client whose session has been to another one and back is false: the known clients differ',
    async (stage) => {
      const { storage } = stage
      const before = await stage.signIn('alice')
      const { id, ip, userAgent } = before
      assert.equal(await storage.update('alice', id, { ip: '198.51.100.1', knownClients: 'a' }, before), true)
      assert.equal(
        await storage.update('alice', id, { ip }, { ip: '198.51.100.1', userAgent, knownClients: 'a' }),
        true,
      )
      assert.equal(await storage.update('alice', id, { ip: '198.51.100.2' }, before), false)
      assert.equal((await storage.get('alice', id))?.ip, ip)
    },
  ],
  [
    'an update from data is made by exactly one of many that start from the same, and by none once the session has ended',
    async (stage) => {
      const { storage } = stage
      for (const data of ['{"n":0}', null]) {
        const { id } = await stage.signIn('alice', { data })
        const change = (_: unknown, n: number) => storage.update('alice', id, { data: `{"n":${n + 1}}` }, { data })
        const changed = await Promise.all(Array.from({ length: 20 }, change))
        assert.equal(changed.filter(Boolean).length, 1)
        const { data: now = null } = (await storage.get('alice', id)) ?? {}
        assert.equal(now, `{"n":${changed.indexOf(true) + 1}}`)
        assert.equal(await storage.update('alice', id, { name: 'x' }, { data: now?.toUpperCase() ?? null }), false)
        assert.equal(await storage.update('alice', id, { name: 'x' }, { data: now }), true)
        await storage.end('alice', { ids: [id] }, stage.how())
        assert.equal(await storage.update('alice', id, { data: '{}' }, { data: now }), false)
      }
    },
  ],
  [
    'a search goes over all users, newest first, page by page',
    async (stage) => {
      const all = []
      for (const user of ['alice', 'bob', 'carol', 'alice', 'bob']) all.unshift((await stage.signIn(user)).id)
      const first = await stage.storage.search({ limit: 3 })
      assert.deepEqual(
        first.map(({ id }) => id),
        all.slice(0, 3),
      )
      const rest = await stage.storage.search({ limit: 3, after: first[2]?.id ?? '' })
      assert.deepEqual(
        rest.map(({ id }) => id),
        all.slice(3),
      )
      assert.deepEqual(await stage.storage.search({ limit: 3, after: "' or 1=1 --" }), [])
    },
  ],
  [
    'a walk tells of every live session once, each user’s together, also after one that ended',
    async (stage) => {
      const { storage } = stage
      const users = ['bob', 'alice', 'Alice', 'álice', '🦊', 'bob ', '%', 'b']
      const live: string[] = []
      for (let round = 0; round < 3; round++) {
        for (const user of users) live.push((await stage.signIn(user)).id)
        await storage.end('bob', { ids: [(await stage.signIn('bob')).id] }, stage.how())
      }
      for (const limit of [1, 5, 24, 25]) {
        const seen: SessionRecord[] = []
        let page: readonly SessionRecord[]
        do {
          page = await storage.walk(limit, seen.at(-1))
          seen.push(...page)
        } while (page.length === limit && seen.length <= live.length)
        assert.deepEqual(seen.map(({ id }) => id).sort(), live)
        const turns = seen.filter(({ userId }, index) => userId !== seen[index - 1]?.userId)
        assert.equal(turns.length, users.length)
      }
      const [first, second, third] = await storage.walk(3)
      assert.ok(first && second && third)
      for (const { userId, id } of [first, second]) await storage.end(userId, { ids: [id] }, stage.how())
      assert.deepEqual(await storage.walk(1, first), [third])
    },
  ],
  [
    'a search matches a user id exactly or an IP from its beginning, and knows no wildcards',
    async (stage) => {
      const a = await stage.signIn('alice', { ip: '203.0.113.7' })
      const b = await stage.signIn('203', { ip: '2001:db8::1' })
      await stage.signIn('alic%', { ip: null })
      const found = async (text: string) => (await stage.storage.search({ text, limit: 10 })).map(({ id }) => id)
      assert.deepEqual(await found('alice'), [a.id])
      assert.deepEqual(await found('203'), [b.id, a.id])
      assert.deepEqual(await found('2001:db8'), [b.id])
      for (const text of ['ali', 'ALICE', '%', '_03', '203.0.113.8', '*', '203.%', 'a\0', '\ud800']) {
        assert.deepEqual(await found(text), [], text)
      }
    },
  ],
]
