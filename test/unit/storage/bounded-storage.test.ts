import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { boundedStorage } from '../../../src/storage/bounded-storage.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import type { Storage } from '../../../src/storage/storage.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A storage across a network that swallows what it is told to. */
class FarStorage {
  silent = false
  readonly #late: (() => void)[] = []
  readonly storage: Storage

  constructor(inner = memoryStorage()) {
    this.storage = {
      ...inner,
      name: 'far away',
      isBlocked: (user) => this.#send(inner.isBlocked(user)),
      block: (user, blocked) => this.#send(inner.block(user, blocked)),
    }
  }

  /** Lets the answers through that were held back. */
  answer(): void {
    for (const late of this.#late.splice(0)) late()
  }

  #send<T>(answer: Promise<T>): Promise<T> {
    return this.silent ? new Promise((resolve) => this.#late.push(() => resolve(answer))) : answer
  }
}

async function fateWithin(ms: number, work: Promise<unknown>): Promise<unknown> {
  let fate: unknown = 'nothing'
  work.then(
    () => {
      fate = 'answered'
    },
    (error: unknown) => {
      fate = error
    },
  )
  await vi.advanceTimersByTimeAsync(ms)
  return fate
}

const UNAVAILABLE = { code: 'storage_unavailable' }

test('a look-up that is not answered within two seconds, or a change within ten, is storage_unavailable', async () => {
  const far = new FarStorage()
  const storage = boundedStorage(far.storage)
  far.silent = true
  expect(await fateWithin(1990, storage.isBlocked('ada'))).toBe('nothing')
  far.answer()
  await vi.advanceTimersByTimeAsync(0)
  const change = storage.block('ada', true)
  expect(await fateWithin(9990, change)).toBe('nothing')
  expect(await fateWithin(20, change)).toMatchObject({ ...UNAVAILABLE, message: expect.stringContaining('not known') })
})

test('while the silence lasts nobody waits for long, and an answer, however late, ends it', async () => {
  const far = new FarStorage()
  const storage = boundedStorage(far.storage)
  far.silent = true
  expect(await fateWithin(2000, storage.isBlocked('ada'))).toMatchObject(UNAVAILABLE)
  expect(await fateWithin(500, storage.isBlocked('ada'))).toMatchObject(UNAVAILABLE)
  expect(await fateWithin(500, storage.block('ada', true))).toMatchObject(UNAVAILABLE)
  far.answer()
  await vi.advanceTimersByTimeAsync(0)
  expect(await fateWithin(1990, storage.isBlocked('ada'))).toBe('nothing')
})

test('what is answered in time leaves no timer behind, and what is in this process is not timed', async () => {
  const far = new FarStorage()
  const storage = boundedStorage(far.storage)
  await storage.block('ada', true)
  expect(await storage.isBlocked('ada')).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
  const near = memoryStorage()
  expect(boundedStorage(near)).toBe(near)
})
