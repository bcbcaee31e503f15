import { describe, expect, test } from 'vitest'
import { heldGates } from './race-gates.js'
import { expectListedIsAlive, type Jar } from './race-node.js'
import { everySchedule, STORAGES, World } from './races.js'

describe.each(STORAGES)('a sign-in against "end others" on $url', { timeout: 120_000 }, ({ url, runs }) => {
  test('is listed and alive, or ended and refused', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar } = await node.signedIn(user)
      const fresh: Jar = {}
      let wasIn = false
      await world.shuffle(
        scheduler,
        () =>
          node.visit(jar, async (request) => {
            const mustEnd = wasIn
            await node.us.of(request).endOthers()
            if (mustEnd) expect(await node.visit({ ...fresh })).toMatchObject({ user: null })
          }),
        async () => {
          await node.signIn(fresh, user)
          wasIn = true
        },
        () => node.sessions.user(user).list(),
      )
      expect(await node.visit({ ...jar })).toMatchObject({ user })
      await expectListedIsAlive(node, user, [jar, fresh])
    }, runs)
  })

  test('is ended when its record is made before and its session saved after', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const { jar } = await node.signedIn(user)
    const fresh: Jar = {}
    const { gate, hold } = heldGates()
    const saving = hold('app store.set')
    await world.race(
      gate,
      () => node.signIn(fresh, user),
      async () => {
        await saving.reached
        await node.visit(jar, async (request) => void (await node.us.of(request).endOthers()))
        saving.release()
      },
    )
    expect(await node.visit({ ...fresh })).toMatchObject({ user: null })
    expect(world.storedUsers()).toEqual([user])
    await expectListedIsAlive(node, user, [jar, fresh])
  })

  test('is ended when the answer to its recording comes after the end has resolved', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const fresh: Jar = {}
    const { gate, hold } = heldGates()
    const recorded = hold('app storage.record answers')
    await world.race(
      gate,
      () => node.signIn(fresh, user),
      async () => {
        await recorded.reached
        expect(await node.sessions.user(user).endAll()).toHaveLength(1)
        recorded.release()
      },
    )
    expect(world.storedUsers()).toEqual([])
    expect(await node.visit({ ...fresh })).toMatchObject({ user: null })
  })
})

const CAPPED = { maxSessionsPerUser: 2, maxStaleness: 10_000 }

describe.each(STORAGES)('sign-ins at a cap on $url', { timeout: 120_000 }, ({ url, runs }) => {
  test('never exceed it, and who is pushed out is refused', async () => {
    const world = await World.of(url)
    const node = await world.node('a', CAPPED)
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      world.watch = async () => expect((await world.storage.list(user)).length).toBeLessThanOrEqual(2)
      const jars: Jar[] = [{}, {}, {}, {}]
      await world.shuffle(scheduler, ...jars.map((jar) => () => node.signIn(jar, user)))
      await expectListedIsAlive(node, user, jars)
      expect(await node.sessions.user(user).list()).toHaveLength(2)
      expect(world.storedUsers()).toHaveLength(2)
    }, runs)
  })

  test('never exceed it over two nodes either', async () => {
    const world = await World.of(url)
    const nodes = [await world.node('a', CAPPED), await world.node('b', CAPPED)]
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      world.watch = async () => expect((await world.storage.list(user)).length).toBeLessThanOrEqual(2)
      const logins = [...nodes, ...nodes].map((node) => ({ node, jar: {} }))
      await world.shuffle(
        scheduler,
        ...logins.map(
          ({ node, jar }) =>
            () =>
              node.signIn(jar, user),
        ),
      )
      world.clock.advance(10_001)
      for (const node of nodes) {
        const admitted = await Promise.all(logins.map(async ({ jar }) => (await node.visit({ ...jar })).user))
        expect(admitted.filter((one) => one !== null)).toHaveLength(2)
      }
      await world.settle()
      expect(world.storedUsers()).toEqual([user, user])
    }, runs)
  })
})
