import { describe, expect, test } from 'vitest'
import { heldGates } from './race-gates.js'
import { type Jar, write } from './race-node.js'
import { everySchedule, STORAGES, World } from './races.js'

const STALENESS = 10_000
const OPTIONS = { maxStaleness: STALENESS }

describe.each(STORAGES)('the end of everyone on $url', { timeout: 120_000 }, ({ url, runs }) => {
  test('stands against requests, sign-ins and polls that run into it', async () => {
    const world = await World.of(url)
    const node = await world.node('app', OPTIONS)
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar } = await node.signedIn(user)
      world.clock.advance(STALENESS * 0.6)
      const late: Jar = {}
      await world.shuffle(
        scheduler,
        () => node.visit({ ...jar }, write),
        async () => {
          await node.sessions.everyone.end()
          expect(await node.visit({ ...jar })).toMatchObject({ user: null })
        },
      )
      expect(await node.visit({ ...jar })).toMatchObject({ user: null })
      expect(await node.sessions.user(user).list()).toEqual([])
      expect(world.storedUsers()).toEqual([])
      world.clock.advance(1)
      await node.signIn(late, user)
      expect(await node.visit(late)).toMatchObject({ user })
    }, runs)
  })

  test('is not taken back by a poll that read the one before', async () => {
    const world = await World.of(url)
    const node = await world.node('app', OPTIONS)
    const user = world.nextUser()
    await node.sessions.everyone.end()
    world.clock.advance(1)
    const { jar } = await node.signedIn(user)
    world.clock.advance(STALENESS * 0.6)
    const { gate, hold } = heldGates()
    const polled = hold('app storage.meta answers')
    await world.race(
      gate,
      () => node.visit({ ...jar }),
      async () => {
        await polled.reached
        await node.sessions.everyone.end()
        polled.release()
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
        expect(await node.visit({ ...jar })).toMatchObject({ user: null })
      },
    )
    expect(world.storedUsers()).toEqual([])
  })
})

test('the end of everyone by a node whose clock is behind takes all, and gives back nobody', async () => {
  const world = await World.of('memory:')
  const ahead = await world.node('app', OPTIONS)
  const behind = await world.node('behind', { ...OPTIONS, clock: () => world.clock.now() - 300_000 })
  const user = world.nextUser()
  const before = await ahead.signedIn(user)
  await ahead.sessions.everyone.end()
  world.clock.advance(STALENESS + 1)
  const since = await behind.signedIn(user)
  await behind.sessions.everyone.end()
  for (const node of [behind, ahead]) {
    for (const { jar } of [before, since]) expect(await node.visit({ ...jar })).toMatchObject({ user: null })
    world.clock.advance(STALENESS + 1)
  }
  expect(await behind.signedIn(user)).toBeDefined()
})

describe.each(STORAGES)('a sign-in on $url', { timeout: 120_000 }, ({ url, runs }) => {
  test('of a user who is being blocked is refused or ended', async () => {
    const world = await World.of(url)
    const node = await world.node('app', OPTIONS)
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const jar: Jar = {}
      await world.shuffle(
        scheduler,
        () => node.signIn(jar, user),
        async () => {
          await node.sessions.user(user).block()
          expect(await node.visit({ ...jar })).toMatchObject({ user: null })
        },
      )
      expect(await node.visit({ ...jar })).toMatchObject({ user: null })
      expect(await world.storage.list(user)).toEqual([])
      expect(world.storedUsers()).toEqual([])
    }, runs)
  })

  test('of a user who is being erased does not outlive the record that is deleted under it', async () => {
    const world = await World.of(url)
    const node = await world.node('app', OPTIONS)
    const user = world.nextUser()
    const jar: Jar = {}
    const { gate, hold } = heldGates()
    const erasing = hold('app storage.erase')
    await world.race(
      gate,
      () => node.sessions.user(user).erase(),
      async () => {
        await erasing.reached
        await node.signIn(jar, user)
        erasing.release()
      },
    )
    expect(await node.visit({ ...jar })).toMatchObject({ user: null })
  })

  test('of a user who is being erased is listed and alive, or ended and refused', async () => {
    const world = await World.of(url)
    const node = await world.node('app', OPTIONS)
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const jar: Jar = {}
      await world.shuffle(
        scheduler,
        () => node.signIn(jar, user),
        () => node.sessions.user(user).erase(),
      )
      const { id } = await node.visit({ ...jar })
      expect((await node.sessions.user(user).list()).map((one) => one.id)).toEqual(id === null ? [] : [id])
    }, runs)
  })
})
