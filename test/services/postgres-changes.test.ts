import { afterAll, expect, test } from 'vitest'
import type { Clock } from '../../src/session.js'
import { openStorage } from '../../src/storage/open-storage.js'
import type { ChangeCursor, Storage } from '../../src/storage/storage.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { interceptedPool } from './intercepted-pool.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  afterAll(() => schema[Symbol.asyncDispose]())
  const stage: Stage = new Stage(await openStorage(schema.pool(), { clock: () => stage.now, migrate: true }))

  /** A storage whose commits wait for what `hold` returns. */
  const slowStorage = (hold: () => Promise<void>, clock: Clock = () => stage.now, max = 10) => {
    const pool = interceptedPool(schema.pool({ max }), async ({ text, run }) => {
      if (text === 'commit') await hold()
      return run()
    })
    return openStorage(pool, { clock })
  }

  test.each([
    ['soon after', 900],
    ['long after', 10_000],
  ])('an end that begins before a poll and commits %s it is not missed', async (_, delay) => {
    for (const user of ['alice', 'bob']) await stage.signIn(user)
    const poll = await follow(stage.storage)
    let atCommit = () => {}
    const waiting = new Promise<void>((resolve) => {
      atCommit = resolve
    })
    let commit = () => {}
    const committing = new Promise<void>((resolve) => {
      commit = resolve
    })
    const slow = await slowStorage(() => {
      atCommit()
      return committing
    })
    const ending = slow.end('alice', 'all', stage.how())
    await waiting
    stage.now += delay
    await stage.storage.end('bob', 'all', stage.how())
    expect(await poll()).toEqual(['bob'])
    commit()
    await ending
    expect(await poll()).toContain('alice')
    stage.now += 10_000
  })

  test('with commits delayed at random, everything that was ended is told', async () => {
    const users = Array.from({ length: 80 }, (_, n) => `user ${n}`)
    await Promise.all(users.map((user) => stage.signIn(user)))
    const reader = await openStorage(schema.pool())
    const hold = () => new Promise<void>((go) => setTimeout(go, Math.random() * 1500))
    const slow = await slowStorage(hold, Date.now, 20)
    const poll = await follow(reader)
    const told = new Set<string>()
    let ended = false
    const polling = (async () => {
      for (let last = false; !last; await new Promise((go) => setTimeout(go, 20))) {
        last = ended
        for (const user of await poll()) told.add(user)
      }
    })()
    await Promise.all(users.map((user) => slow.end(user, 'all', stage.how())))
    ended = true
    await polling
    expect(users.filter((user) => !told.has(user))).toEqual([])
  })
}

async function follow(storage: Storage): Promise<() => Promise<string[]>> {
  let cursor: ChangeCursor = (await storage.changedSince()).cursor
  ;({ cursor } = await storage.changedSince(cursor))
  return async () => {
    const changed = await storage.changedSince(cursor)
    cursor = changed.cursor
    return [...changed.users]
  }
}
