import { expect, test } from 'vitest'
import { type Bus, type BusOptions, POLL } from '../../src/events/bus.js'
import { keptLog } from '../spec/kept-log.js'
import { Ear, heardBy, whileOpen } from './bus-ear.js'

/** Where the buses of one test meet. Each test has a world of its own. */
export interface BusWorld {
  open(options?: Pick<BusOptions, 'logger' | 'pingInterval'>): Promise<Bus>
  /** The server ends the connections of all who listen. */
  kill(): Promise<void>
  /** The server cannot be reached: whoever is connected is cut off. */
  refuse(): Promise<void>
  /** It can be reached again. */
  accept(): Promise<void>
  /** Whatever is sent vanishes, and nobody is told. */
  swallow(): void
  close(): Promise<void>
}

/** Milliseconds; a silent loss shows after twice this. */
const PING = 500

/** What every bus must do; one without a network cannot lose it. */
export function busContract(openWorld: () => Promise<BusWorld>, { hasNetwork = true } = {}): void {
  delivers(openWorld)
  bears(openWorld)
  ends(openWorld)
  comesBack(openWorld)
  if (hasNetwork) overNetwork(openWorld)
}

function delivers(openWorld: () => Promise<BusWorld>): void {
  test('a message comes to every other node', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two, three] = [await Ear.on(world), await Ear.on(world), await Ear.on(world)]
      one.bus.publish('from one')
      two.bus.publish('from two')
      await heardBy([two, three], 'from one')
      await heardBy([one, three], 'from two')
    }))

  test('many messages published at once all come', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two] = [await Ear.on(world), await Ear.on(world)]
      const many = Array.from({ length: 500 }, (_, index) => `message ${index}`)
      for (const message of many) one.bus.publish(message)
      await expect.poll(() => [...new Set(two.heard)].sort()).toEqual(many.sort())
    }))

  test('a message comes as it was sent, whatever is in it', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two] = [await Ear.on(world), await Ear.on(world)]
      const odd = ['', `it's "odd" \\ $1 ; -- {}`, 'Łódź 🏳️‍🌈 日本', 'two\r\nlines\t', 'x'.repeat(7900), '{"a":null}']
      for (const message of odd) one.bus.publish(message)
      await expect.poll(() => [...two.heard].sort()).toEqual([...odd].sort())
    }))

  test('what is too long, or has a NUL in it, comes as a call to poll', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two] = [await Ear.on(world), await Ear.on(world)]
      one.bus.publish('é'.repeat(3951))
      one.bus.publish('a\0b')
      one.bus.publish('then')
      await heardBy([two], 'then')
      expect(new Set(two.heard)).toEqual(new Set([POLL, 'then']))
    }))

  test('a bus that only publishes needs no listener', () =>
    whileOpen(openWorld, async (world) => {
      const two = await Ear.on(world)
      const silent = await world.open()
      silent.publish('news')
      // It was not connected yet, and may say no more than that there is news.
      await expect.poll(() => two.heard.some((message) => message === 'news' || message === POLL)).toBe(true)
      await silent.close()
    }))
}

function bears(openWorld: () => Promise<BusWorld>): void {
  test('more messages than it can hold are told by a call to poll', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two] = [await Ear.on(world), await Ear.on(world)]
      for (let index = 0; index < 5000; index++) one.bus.publish(`message ${index}`)
      await expect.poll(() => two.heard.includes(POLL) || two.heard.includes('message 4999')).toBe(true)
      one.bus.publish('after')
      await heardBy([two], 'after')
    }))

  test('a listener that fails is logged, and hears the next message', () =>
    whileOpen(openWorld, async (world) => {
      const log = keptLog()
      const [one, two] = [await Ear.on(world), await world.open({ logger: log })]
      const heard: string[] = []
      await two.listen(
        (message) => {
          heard.push(message)
          if (message === 'throw') throw new Error('no good')
          return message === 'reject' ? Promise.reject(new Error('nor this')) : undefined
        },
        () => Promise.reject(new Error('not up to it')),
      )
      for (const message of ['throw', 'reject', 'last']) one.bus.publish(message)
      await expect.poll(() => heard).toContain('last')
      await expect.poll(() => log.lines.length).toBe(3)
      await two.close()
    }))

  test('a bus has one listener', () =>
    whileOpen(openWorld, async (world) => {
      const { bus } = await Ear.on(world)
      await expect(
        bus.listen(
          () => {},
          () => {},
        ),
      ).rejects.toBeInstanceOf(TypeError)
    }))
}

function ends(openWorld: () => Promise<BusWorld>): void {
  test('nothing is heard, sent or thrown after close', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two] = [await Ear.on(world), await Ear.on(world)]
      const closing = two.bus.close()
      one.bus.publish('late')
      two.bus.publish('later')
      await Promise.all([closing, two.bus.close()])
      one.bus.publish('last')
      const three = await Ear.on(world)
      one.bus.publish('done')
      await heardBy([three], 'done')
      expect(two.heard).toEqual([])
      expect(three.heard).not.toContain('later')
      expect(two.bus.isUp).toBe(false)
      const again = two.bus.listen(
        () => {},
        () => {},
      )
      await expect(again).rejects.toMatchObject({ code: 'closed' })
    }))

  test('what was published just before close still comes', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two] = [await Ear.on(world), await Ear.on(world)]
      one.bus.publish('last words')
      await one.bus.close()
      await heardBy([two], 'last words')
      const brief = await world.open()
      two.heard.length = 0
      brief.publish('in and out')
      await brief.close()
      await expect.poll(() => two.heard.length).toBeGreaterThan(0)
    }))

  test('a bus that was never used closes', () => whileOpen(openWorld, async (world) => (await world.open()).close()))
}

function comesBack(openWorld: () => Promise<BusWorld>): void {
  test('it is up again, and says so, after the server ended its connection', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two] = [await Ear.on(world), await Ear.on(world)]
      expect([one.ups, two.ups]).toEqual([1, 1])
      await world.kill()
      await expect.poll(() => [one.ups, two.ups]).toEqual([2, 2])
      await one.reaches(two)
      await two.reaches(one)
    }))

  test('an app starts without its server, and hears of what it missed when the server is there', () =>
    whileOpen(openWorld, async (world) => {
      await world.refuse()
      const [one, two] = [await Ear.on(world), await Ear.on(world)]
      expect([one.bus.isUp, one.ups]).toEqual([false, 0])
      for (let index = 0; index < 2000; index++) one.bus.publish(`lost ${index}`)
      await world.accept()
      await expect.poll(() => [one.ups, two.ups], { timeout: 15_000 }).toEqual([1, 1])
      expect([one.bus.isUp, two.bus.isUp]).toEqual([true, true])
      await one.reaches(two)
      expect(two.heard.some((message) => message.startsWith('lost'))).toBe(false)
    }))

  test('who was cut off is told that it is up anew, and nothing of what was published meanwhile', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two] = [await Ear.on(world), await Ear.on(world)]
      await world.refuse()
      await expect.poll(() => [one.bus.isUp, two.bus.isUp]).toEqual([false, false])
      one.bus.publish('while down')
      two.heard.length = 0
      await world.accept()
      await expect.poll(() => [one.ups, two.ups], { timeout: 15_000 }).toEqual([2, 2])
      await one.reaches(two)
      expect(two.heard).not.toContain('while down')
    }))
}

function overNetwork(openWorld: () => Promise<BusWorld>): void {
  test('the log has once that it is down, and once that it is back', () =>
    whileOpen(openWorld, async (world) => {
      await world.refuse()
      const log = keptLog()
      const one = await Ear.on(world, { logger: log, pingInterval: PING })
      one.bus.publish('lost')
      await world.accept()
      await expect.poll(() => one.ups, { timeout: 15_000 }).toBe(1)
      await expect.poll(() => log.lines.length, { timeout: 5 * PING }).toBe(2)
      expect(log.lines).toEqual([expect.stringContaining(' bus is down'), expect.stringContaining(' bus is back')])
    }))

  test('a connection that died in silence is noticed after twice the ping interval, and replaced', () =>
    whileOpen(openWorld, async (world) => {
      const one = await Ear.on(world, { pingInterval: PING })
      const two = await Ear.on(world, { pingInterval: PING })
      world.swallow()
      one.bus.publish('into the void')
      await expect.poll(() => [one.bus.isUp, two.bus.isUp], { timeout: 3 * PING }).toEqual([false, false])
      await world.accept()
      await expect.poll(() => Math.min(one.ups, two.ups), { timeout: 20_000 }).toBeGreaterThan(1)
      await one.reaches(two)
    }))

  test('closing takes no longer than two seconds when the other side is silent', () =>
    whileOpen(openWorld, async (world) => {
      const [one, two] = [await Ear.on(world), await world.open()]
      world.swallow()
      void two.listen(
        () => {},
        () => {},
      )
      one.bus.publish('into the void')
      const began = performance.now()
      await Promise.all([one.bus.close(), two.close()])
      expect(performance.now() - began).toBeLessThan(2000)
    }))
}
