import { afterEach, expect, test } from 'vitest'
import type { LinkEvents } from '../../../src/events/bus/link.js'
import { LinkedBus } from '../../../src/events/bus/linked-bus.js'
import { keptLog } from '../../spec/kept-log.js'

/** A bus whose links do as they are told. */
function bus(ready: (attempt: number) => Promise<void>, ping = () => Promise.resolve(), sending = Promise.resolve()) {
  const log = keptLog()
  const sent: string[] = []
  const attempts: { at: number; events: LinkEvents; isClosed: boolean }[] = []
  const made = new LinkedBus({
    name: 'told',
    options: { pingInterval: 20, logger: log },
    open: (events) => {
      const attempt = { at: performance.now(), events, isClosed: false }
      attempts.push(attempt)
      return {
        ready: ready(attempts.length),
        ping,
        send: (messages) => {
          sent.push(...messages)
          return sending
        },
        async close() {
          attempt.isClosed = true
        },
      }
    },
  })
  opened.push(made)
  return { bus: made, attempts, log, sent }
}

const opened: LinkedBus[] = []
const nothing = () => {}

afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())))

test('a server that does not come back is asked less and less often, and told of once', async () => {
  const { bus: down, attempts, log } = bus(() => Promise.reject(new Error('no server')))
  await down.listen(nothing, nothing)
  await expect.poll(() => attempts.length, { timeout: 5000 }).toBe(5)
  const pauses = attempts.slice(1).map(({ at }, index) => at - (attempts[index]?.at ?? 0))
  expect(pauses.map((pause, index) => pause >= 45 * 2 ** index)).toEqual([true, true, true, true])
  expect(attempts.slice(0, 4).every(({ isClosed }) => isClosed)).toBe(true)
  expect(log.lines).toHaveLength(1)
})

test('a connection that is lost as soon as it stands is not asked for at full speed', async () => {
  const { bus: flapping, attempts } = bus(async () => {})
  let ups = 0
  await flapping.listen(nothing, () => {
    ups++
    attempts.at(-1)?.events.lost(new Error('and gone'))
  })
  await expect.poll(() => ups, { timeout: 5000 }).toBe(4)
  const [first, , , fourth] = attempts
  expect((fourth?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(300)
})

test('a ping without an answer is a lost connection', async () => {
  const { bus: silent, attempts } = bus(
    async () => {},
    () => new Promise(nothing),
  )
  await silent.listen(nothing, nothing)
  expect(silent.isUp).toBe(true)
  await expect.poll(() => attempts.length).toBeGreaterThan(1)
  expect(attempts[0]?.isClosed).toBe(true)
})

test('what a lost connection still delivers is not heard', async () => {
  const { bus: one, attempts } = bus(async () => {})
  const heard: string[] = []
  await one.listen((message) => heard.push(message), nothing)
  const [first] = attempts
  first?.events.heard('while it stood')
  first?.events.lost(new Error('gone'))
  first?.events.heard('from beyond')
  expect(heard).toEqual(['while it stood'])
})

test('a connection that takes too long to open is given up', { timeout: 10_000 }, async () => {
  const { bus: slow, attempts, log } = bus((attempt) => (attempt === 1 ? new Promise(nothing) : Promise.resolve()))
  const began = performance.now()
  await slow.listen(nothing, nothing)
  expect(performance.now() - began).toBeLessThan(6000)
  await expect.poll(() => slow.isUp).toBe(true)
  expect([attempts.length, attempts[0]?.isClosed]).toEqual([2, true])
  await expect.poll(() => log.lines.length).toBe(2)
})

test('a connection that fails each look at it is told of once, and not called back', async () => {
  const {
    bus: pooled,
    attempts,
    log,
  } = bus(
    async () => {},
    () => Promise.reject(new Error('no longer listens')),
  )
  await pooled.listen(nothing, nothing)
  await expect.poll(() => attempts.length, { timeout: 5000 }).toBe(4)
  expect(log.lines).toEqual([expect.stringContaining('no longer listens')])
})

test('what was published while it was down is one call to poll when it is back', async () => {
  const { bus: one, attempts, sent } = bus(async () => {})
  await one.listen(nothing, nothing)
  one.publish('while it stood')
  await expect.poll(() => sent).toEqual(['while it stood'])
  attempts[0]?.events.lost(new Error('gone'))
  for (let index = 0; index < 3; index++) one.publish(`while it was down ${index}`)
  await expect.poll(() => one.isUp).toBe(true)
  one.publish('again')
  await expect.poll(() => sent).toEqual(['while it stood', 'poll', 'again'])
})

test('nothing is heard from the call of close on, though what was published is still on its way', async () => {
  const never = new Promise<void>(nothing)
  const { bus: one, attempts, sent } = bus(async () => {}, undefined, never)
  const heard: string[] = []
  await one.listen((message) => heard.push(message), nothing)
  one.publish('last words')
  const closing = one.close()
  await expect.poll(() => sent).toEqual(['last words'])
  attempts[0]?.events.heard('late')
  const began = performance.now()
  await closing
  expect(performance.now() - began).toBeLessThan(1500)
  expect([heard, attempts[0]?.isClosed]).toEqual([[], true])
})
