import session from 'express-session'
import { expect, test } from 'vitest'
import { UserSessionsError } from '../../src/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { startApp } from './app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'
import { keptLog } from './kept-log.js'

/** Each third destroy fails, as long as it is said to. */
class FailingStore extends session.MemoryStore {
  isFailing = false
  #asked = 0

  override destroy(key: string, done?: (error?: unknown) => void): void {
    if (this.isFailing && ++this.#asked % 3 === 0) setImmediate(() => done?.(new Error('the store has hiccups')))
    else super.destroy(key, done)
  }

  keys(): Promise<string[]> {
    return new Promise((resolve) => this.all?.((_error, all) => resolve(Object.keys(all ?? {}))))
  }
}

test('where the k-th destroy fails, all are ended and refused, the rest is destroyed, it is said, and what is left goes when seen', async () => {
  const store = new FailingStore()
  const log = keptLog()
  await using app = await startApp({ store, sessions: { logger: log } })
  const browsers = Array.from({ length: 9 }, () => new Browser(app.url))
  for (const browser of browsers) await browser.signIn('ada')
  store.isFailing = true
  expect(await app.sessions.user('ada').endAll({ reason: 'admin' })).toHaveLength(9)
  expect(await app.sessions.user('ada').list()).toEqual([])
  expect(log.lines.join('\n')).toMatch(/ended sessions stay refused/)
  const left = await store.keys()
  expect(left.length).toBeGreaterThan(0)
  expect(left.length).toBeLessThan(9)
  store.isFailing = false
  for (const browser of browsers) expect((await browser.get('/me')).status).toBe(401)
  expect(await store.keys()).toEqual([])
})

test('where storage dies after it has made the tombstone, the end is no success, and yet it stands and is noticed', async () => {
  const clock = fakeClock()
  const inner = memoryStorage({ clock: clock.now })
  let dies = false
  const storage = {
    ...inner,
    end: async (...args: Parameters<typeof inner.end>) => {
      const ended = await inner.end(...args)
      if (dies) throw new UserSessionsError('storage_unavailable', 'The answer was lost.')
      return ended
    },
  }
  const store = new session.MemoryStore()
  await using app = await startApp({
    store,
    sessions: { storage, clock: clock.now, maxStaleness: 1000, logger: keptLog() },
  })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  expect((await ada.get('/me')).status).toBe(200)
  dies = true
  await expect(app.sessions.user('ada').endAll()).rejects.toMatchObject({ code: 'storage_unavailable' })
  dies = false
  clock.advance(1001)
  expect((await ada.get('/me')).status).toBe(401)
  expect(await app.sessions.user('ada').history()).toHaveLength(1)
  // Trying again, as the error says, ends nothing twice.
  expect(await app.sessions.user('ada').endAll()).toEqual([])
})
