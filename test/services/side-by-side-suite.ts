import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Storage } from '../../src/storage/storage.js'
import { HOUR, Stage } from '../../src/testing/storage/stage.js'

const DAY = 24 * HOUR

/** A storage that many use at once. */
export interface SideBySide {
  /** Opens one process's storage, on connections of its own. Faults that are tried again go to `onFault`. */
  open(options: {
    readonly connections: number
    readonly clock: () => number
    readonly onFault?: (fault: unknown) => void
  }): Promise<Storage>
}

/** What holds on every storage when many connections and processes do different things to the same sessions. */
export async function sideBySideSuite({ open }: SideBySide): Promise<void> {
  const clock = () => stage.now
  const stage: Stage = new Stage(await open({ connections: 10, clock }))
  const { storage } = stage

  /** Signs `count` sessions in: of `users` users in turn. */
  async function signIns(count: number, users: number, expiresAt = stage.now + 1000) {
    const records = Array.from({ length: count }, (_, n) => ({ ...stage.fresh(`user ${n % users}`), expiresAt }))
    for (let from = 0; from < count; from += 100) {
      await Promise.all(records.slice(from, from + 100).map((record) => storage.record(record)))
    }
    return records.map(({ userId, id }) => ({ userId, id }))
  }

  test('fifty sign-ins on fifty connections of two processes never exceed the cap, and none waits in a circle', async () => {
    const faults: unknown[] = []
    const onFault = (fault: unknown) => faults.push(fault)
    const nodes = [await open({ connections: 25, clock, onFault }), await open({ connections: 25, clock, onFault })]
    await nodes[0]?.record(stage.fresh('alice'), stage.cap(5))
    let peak = 0
    const recorded = Array.from({ length: 50 }, async (_, n) => {
      await nodes[n % 2]?.record(stage.fresh('alice'), stage.cap(5))
      peak = Math.max(peak, (await stage.liveIds('alice')).length)
    })
    await Promise.all(recorded)
    expect(peak).toBe(5)
    expect(await stage.liveIds('alice')).toHaveLength(5)
    expect(faults).toEqual([])
    for (const node of nodes) await node.close()
  })

  test('first sign-ins of fifty new users at once wait for nobody in a circle', async () => {
    const faults: unknown[] = []
    const node = await open({ connections: 25, clock, onFault: (fault) => faults.push(fault) })
    for (let round = 0; round < 5; round++) {
      const users = Array.from({ length: 50 }, (_, n) => `new ${round} ${n % 25}`)
      await Promise.all(users.map((user) => node.record(stage.fresh(user), stage.cap(2))))
    }
    expect(faults).toEqual([])
    expect(await stage.liveIds('new 0 0')).toHaveLength(2)
    await node.close()
  })

  test('two nodes that flush the same sessions, in whatever order, never wait for each other in a circle', async () => {
    const faults: unknown[] = []
    const onFault = (fault: unknown) => faults.push(fault)
    const nodes = [await open({ connections: 4, clock, onFault }), await open({ connections: 4, clock, onFault })]
    const sessions = await signIns(500, 20, stage.now + DAY)
    for (let round = 1; round <= 30; round++) {
      const seen = (n: number) => ({ lastSeenAt: stage.now + round * 10 + n, expiresAt: stage.now + DAY + round })
      const batches = [sessions, sessions.toReversed(), [...sessions].sort(() => Math.random() - 0.5)]
      await Promise.all(batches.map((batch, n) => nodes[n % 2]?.touch(batch.map((each) => ({ ...each, ...seen(n) })))))
    }
    expect(faults).toEqual([])
    const [first] = await storage.list('user 0')
    expect(first?.lastSeenAt).toBe(stage.now + 302)
    for (const node of nodes) await node.close()
  })

  test('everything at once on the same users leaves what was ended ended, and every call comes to an end', async () => {
    const node = await open({ connections: 12, clock })
    for (let round = 0; round < 15; round++) {
      const sessions = await signIns(60, 3)
      const touches = sessions.map((each) => ({ ...each, lastSeenAt: stage.now + round, expiresAt: stage.now + 5000 }))
      const of0 = sessions.filter(({ userId }) => userId === 'user 0').map(({ id }) => id)
      await Promise.all([
        node.touch(touches),
        node.end('user 0', { ids: of0 }, stage.how()),
        node.touch(touches.toReversed()),
        node.record(stage.fresh('user 1'), stage.cap(2)),
        node.end('user 1', { except: [] }, stage.how('switched', { release: true })),
        node.moveUser('user 1', 'user 2'),
        node.moveUser('user 2', 'user 1'),
        node.touch(touches),
        node.purge(stage.now + 10 * DAY, 10),
        node.purge(stage.now + 10 * DAY, 10),
        node.update('user 0', of0[0] ?? '', { name: 'x' }),
        node.erase(`user ${round % 3}`),
        node.block('user 2', false),
      ])
      const live = new Set(await stage.liveIds('user 0'))
      expect(of0.filter((id) => live.has(id))).toEqual([])
    }
    await node.close()
  })

  test('two that purge at once share the work, and delete nothing that was touched meanwhile', async () => {
    const node = await open({ connections: 4, clock })
    const user = `purged ${randomUUID()}`
    const records = Array.from({ length: 600 }, () => ({ ...stage.fresh(user), expiresAt: stage.now + 1000 }))
    await Promise.all(records.map((record) => storage.record(record)))
    const later = stage.now + 20 * DAY
    const kept = records.filter((_, n) => n % 10 === 0)
    const touching = storage.touch(
      kept.map(({ id }) => ({ userId: user, id, lastSeenAt: stage.now, expiresAt: later + DAY })),
    )
    const purgeAll = async (by: Storage) => {
      let deleted = 0
      for (let count = 1; count > 0; deleted += count) count = await by.purge(later, 50)
      return deleted
    }
    const before = await storage.countPurgeable(later)
    const [untouched, ...deleted] = await Promise.all([touching, purgeAll(storage), purgeAll(node)])
    // What a touch met is left; what a purge met before it the touch does not bring back.
    const left = await storage.list(user)
    expect(left).toHaveLength(kept.length - untouched.length)
    expect(left.every(({ expiresAt }) => expiresAt === later + DAY)).toBe(true)
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(600 - kept.length + untouched.length)
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(before)
    await node.close()
  })

  test('one client change made by ten at once is made by exactly one', async () => {
    const { id, ip, userAgent, knownClients } = await stage.signIn('carol')
    const from = { ip, userAgent, knownClients }
    const patches = Array.from({ length: 10 }, (_, n) => storage.update('carol', id, { ip: `198.51.100.${n}` }, from))
    expect((await Promise.all(patches)).filter(Boolean)).toHaveLength(1)
  })

  test('an end and fifty sign-ins at once: what was there is ended, and no cap is exceeded', async () => {
    const old = await Promise.all(Array.from({ length: 5 }, () => stage.signIn('dave')))
    const ending = storage.end('dave', { ids: old.map(({ id }) => id) }, stage.how())
    await Promise.all([ending, ...Array.from({ length: 50 }, () => storage.record(stage.fresh('dave'), stage.cap(5)))])
    const live = await stage.liveIds('dave')
    expect(live).toHaveLength(5)
    expect(live.filter((id) => old.some((each) => each.id === id))).toEqual([])
  })
}
