import { inspect } from 'node:util'
import pg from 'pg'
import { createClient } from 'redis'
import { expect, test } from 'vitest'
import { memoryBus } from '../../../src/events/memory-bus.js'
import { type BusInput, openBus } from '../../../src/events/open-bus.js'
import { postgresBus } from '../../../src/events/postgres-bus.js'

const pool = new pg.Pool()

test.each([
  ['redis', 'redis://localhost:1'],
  ['redis', 'rediss://localhost:1/2'],
  ['redis', createClient()],
  ['postgres', 'postgres://localhost:1/app'],
  ['postgres', 'postgresql://localhost:1/app'],
  ['postgres', pool],
] satisfies [string, BusInput][])('opens a bus on %s, and connects to nothing yet', async (name, input) => {
  const bus = await openBus(input)
  expect([bus.name, bus.isUp]).toEqual([name, false])
  await bus.close()
  expect(pool.totalCount).toBe(0)
})

test('a bus is taken as it is', async () => {
  const bus = memoryBus().node()
  expect(await openBus(bus)).toBe(bus)
})

test.each([
  'amqp://user:hidden@host',
  'postgres://user:hid/den@host',
  'redis://user:hid/den@host:port',
  'hidden',
])('refuses the URL %s, and does not repeat its password', async (url) => {
  const error: unknown = await openBus(url).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'option_invalid' })
  expect(inspect(error)).not.toMatch(/hid\/?den/)
})

test('refuses what is no bus, and a single connection', async () => {
  const open: (input: never) => Promise<unknown> = openBus
  const inputs: unknown[] = [{}, null, undefined, 7, () => {}]
  for (const input of inputs) await expect(Reflect.apply(open, undefined, [input])).rejects.toBeInstanceOf(TypeError)
  await expect(postgresBus({ connect: { query() {} } })).rejects.toBeInstanceOf(TypeError)
})

test.each([
  ['', 'option_invalid'],
  ['user"; drop table users; --', 'option_invalid'],
  ['Upper', 'option_invalid'],
  ['x'.repeat(64), 'option_invalid'],
])('refuses the channel %j', async (channel, code) => {
  await expect(openBus('postgres://localhost:1/app', { channel })).rejects.toMatchObject({ code })
})

test('refuses options that it does not know, and an interval that is none', async () => {
  const misspelt = { chanel: 'sessions', pingInterval: 1 }
  await expect(openBus('redis://localhost:1', misspelt)).rejects.toMatchObject({ code: 'option_unknown' })
  await expect(openBus('redis://localhost:1', { pingInterval: 0 })).rejects.toMatchObject({ code: 'option_invalid' })
})
