import session from 'express-session'
import { expect, test } from 'vitest'
import { createUserSessions } from '../../src/index.js'
import { Keys } from '../../src/sessions/keys.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { startApp } from './app.js'
import { Browser } from './browser.js'

const OLD = 'the old secret, which has 32 letters'
const FRESH = 'the fresh secret, which has 32 letters'

/** A storage that several apps are given, one after the other. */
function shared(storage: Storage): Storage {
  return { ...storage, async close() {} }
}

const countIn = (store: session.MemoryStore) =>
  new Promise<number>((resolve) => store.all?.((_error, all) => resolve(Object.keys(all ?? {}).length)))

/** Signs somebody in under the old secret, re-seals or does not, and ends under the fresh one alone. Returns what is left in the store. */
async function leftAfterEnd(reseals: boolean): Promise<number> {
  const storage = shared(memoryStorage())
  const store = new session.MemoryStore()
  {
    await using app = await startApp({ store, sessions: { storage, secret: OLD } })
    for (const user of ['ada', 'ada', 'bob']) await new Browser(app.url).signIn(user)
  }
  if (reseals) {
    const rotated = await createUserSessions({ storage, secret: [FRESH, OLD] })
    expect(await rotated.everyone.reseal()).toEqual({ resealed: 3, unopened: 0 })
    expect(await rotated.everyone.reseal()).toEqual({ resealed: 0, unopened: 0 })
    await rotated.close()
  }
  await using app = await startApp({ store, sessions: { storage, secret: FRESH } })
  expect(await app.sessions.user('ada').endAll()).toHaveLength(2)
  return countIn(store)
}

test('after re-sealing the old secret can be dropped: an end still destroys in the store', async () => {
  expect(await leftAfterEnd(false)).toBe(3)
  expect(await leftAfterEnd(true)).toBe(1)
})

test('what none of the secrets opens is counted and left alone, and what has ended is not looked at', async () => {
  const stage = new Stage(memoryStorage())
  const old = new Keys([OLD])
  const lost = await stage.signIn('ada', { sealedKey: old.seal('a') })
  const ended = await stage.signIn('ada', { sealedKey: old.seal('b') })
  await stage.signIn('ada', { sealedKey: null })
  await stage.signIn('ada', { sealedKey: new Keys([FRESH]).seal('c') })
  await stage.storage.end('ada', { ids: [ended.id] }, stage.how())
  const sessions = await createUserSessions({ storage: shared(stage.storage), secret: FRESH })
  expect(await sessions.everyone.reseal()).toEqual({ resealed: 0, unopened: 1 })
  expect((await stage.storage.get('ada', lost.id))?.sealedKey).toEqual(lost.sealedKey)
})

test('one that was interrupted goes on where it was, and tells how far it is', async () => {
  const stage = new Stage(memoryStorage())
  const old = new Keys([OLD])
  for (let n = 0; n < 250; n++) await stage.signIn(`user ${n % 7}`, { sealedKey: old.seal(`key ${n}`) })
  let chunks = 0
  const storage: Storage = {
    ...shared(stage.storage),
    async reseal(batch) {
      if (++chunks === 2) throw new Error('the process was killed')
      return stage.storage.reseal(batch)
    },
  }
  const sessions = await createUserSessions({ storage, secret: [FRESH, OLD] })
  await expect(sessions.everyone.reseal()).rejects.toThrow('killed')
  const told: number[] = []
  expect(await sessions.everyone.reseal({ onProgress: (n) => told.push(n) })).toEqual({ resealed: 150, unopened: 0 })
  expect(told).toEqual([100, 150])
  const fresh = new Keys([FRESH])
  const all = await stage.storage.search({ limit: 1000 })
  expect(new Set(all.map(({ sealedKey }) => fresh.open(sealedKey))).size).toBe(250)
})

test('a re-key that comes in between wins', async () => {
  const stage = new Stage(memoryStorage())
  const { id } = await stage.signIn('ada', { sealedKey: new Keys([OLD]).seal('before') })
  const next = { ...stage.next('after'), sealedKey: new Keys([FRESH]).seal('after') }
  const storage: Storage = {
    ...shared(stage.storage),
    async walk(limit, after) {
      const page = await stage.storage.walk(limit, after)
      const how = stage.how('user')
      await stage.storage.end('ada', { ids: [id] }, how)
      await stage.storage.rekey('ada', id, how.endingId, next)
      return page
    },
  }
  const sessions = await createUserSessions({ storage, secret: [FRESH, OLD] })
  expect(await sessions.everyone.reseal()).toEqual({ resealed: 0, unopened: 0 })
  expect(new Keys([FRESH]).open((await stage.storage.get('ada', id))?.sealedKey ?? null)).toBe('after')
})
