import { expect, test } from 'vitest'
import { type BusFaults, memoryBus } from '../../../src/events/memory-bus.js'

const MESSAGES = Array.from({ length: 200 }, (_, index) => `message ${index}`)

/** What another node hears of {@link MESSAGES}. */
async function heardWith(faults: Partial<BusFaults>, seed = 1): Promise<string[]> {
  const hub = memoryBus({ seed })
  Object.assign(hub.faults, faults)
  const [one, two] = [hub.node(), hub.node()]
  const heard: string[] = []
  await two.listen(
    (message) => heard.push(message),
    () => {},
  )
  for (const message of MESSAGES) one.publish(message)
  await hub.settled()
  return heard
}

test('without faults all messages come, in order and once', async () => {
  expect(await heardWith({})).toEqual(MESSAGES)
})

test('some messages are lost', async () => {
  const heard = await heardWith({ losePercent: 30 })
  expect(heard.length).toBeGreaterThan(100)
  expect(heard.length).toBeLessThan(180)
  expect(heard).toEqual(MESSAGES.filter((message) => heard.includes(message)))
})

test('some messages come twice', async () => {
  const heard = await heardWith({ duplicatePercent: 30 })
  expect(heard.length).toBeGreaterThan(220)
  expect([...new Set(heard)]).toEqual(MESSAGES)
})

test.each([{ reorder: true }, { delayTurns: 5 }])('with %j all come, in another order', async (faults) => {
  const heard = await heardWith(faults)
  expect(heard).not.toEqual(MESSAGES)
  expect([...heard].sort()).toEqual([...MESSAGES].sort())
})

test('the same seed makes the same things go wrong, and another seed others', async () => {
  const faults = { losePercent: 20, duplicatePercent: 20, reorder: true, delayTurns: 3 }
  const heard = await heardWith(faults, 7)
  expect(await heardWith(faults, 7)).toEqual(heard)
  expect(await heardWith(faults, 8)).not.toEqual(heard)
})

test('what is held comes when it is released', async () => {
  const hub = memoryBus()
  const [one, two] = [hub.node(), hub.node()]
  const heard: string[] = []
  await two.listen(
    (message) => heard.push(message),
    () => {},
  )
  hub.hold()
  one.publish('news')
  await hub.settled()
  expect(heard).toEqual([])
  hub.release()
  await hub.settled()
  expect(heard).toEqual(['news'])
})
