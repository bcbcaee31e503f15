import { expect, test } from 'vitest'
import { Outbox } from '../../../src/events/bus/outbox.js'

/** An outbox whose batches wait for a word. */
function held() {
  const batches: (readonly string[])[] = []
  const words: { go(): void; fail(error: Error): void }[] = []
  const told: unknown[] = []
  const outbox = new Outbox({
    send: (messages) => {
      batches.push(messages)
      return new Promise((resolve, reject) => words.push({ go: resolve, fail: reject }))
    },
    failed: (error) => told.push(error),
  })
  return { outbox, batches, words, told }
}

const microtasks = () => new Promise(setImmediate)

test('what is published in one go is one batch, and what comes meanwhile is the next', async () => {
  const { outbox, batches, words } = held()
  outbox.push('one')
  outbox.push('two')
  await microtasks()
  outbox.push('three')
  outbox.push('four')
  expect(batches).toEqual([['one', 'two']])
  words[0]?.go()
  await microtasks()
  expect(batches).toEqual([
    ['one', 'two'],
    ['three', 'four'],
  ])
  expect(outbox.isEmpty).toBe(false)
  words[1]?.go()
  await outbox.flush()
  expect(outbox.isEmpty).toBe(true)
})

test('a send that hangs costs a bounded amount of memory, and one call to poll makes up for the rest', async () => {
  const { outbox, batches, words } = held()
  outbox.push('hangs')
  await microtasks()
  for (let index = 0; index < 100_000; index++) outbox.push(`message ${index}`)
  await microtasks()
  expect(batches).toEqual([['hangs']])
  words[0]?.go()
  await microtasks()
  expect(batches[1]).toEqual(['poll'])
})

test('a batch that is lost is told as a call to poll with the next one, and not tried before', async () => {
  const { outbox, batches, words, told } = held()
  const problem = new Error('gone')
  outbox.push('lost')
  await microtasks()
  words[0]?.fail(problem)
  await microtasks()
  expect([batches.length, told, outbox.isEmpty]).toEqual([1, [problem], false])
  outbox.push('next')
  await microtasks()
  expect(batches[1]).toEqual(['poll'])
  words[1]?.go()
  await microtasks()
  expect([told, outbox.isEmpty]).toEqual([[problem], true])
})
