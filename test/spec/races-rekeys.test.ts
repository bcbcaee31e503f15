import { describe, expect, test } from 'vitest'
import { heldGates } from './race-gates.js'
import { called, expectListedIsAlive, type Handler, type RaceNode, rekey } from './race-node.js'
import { everySchedule, STORAGES, World } from './races.js'

const CARRY: Handler = async (request) => {
  const { cookie: _cookie, ...data } = request.session
  await called((done) => request.session.regenerate(done))
  Object.assign(request.session, data)
}

describe.each(STORAGES)('a re-key on $url', { timeout: 120_000 }, ({ url, runs }) => {
  test.each([
    { name: 'its end', end: (node: RaceNode, user: string, id: string) => node.sessions.user(user).end([id]) },
    { name: 'the end of all', end: (node: RaceNode, user: string) => node.sessions.user(user).endAll() },
  ])('does not outlive $name', async ({ end }) => {
    const world = await World.of(url)
    const node = await world.node('app')
    let round = 0
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar: old, id } = await node.signedIn(user)
      const jar = { ...old }
      await world.shuffle(
        scheduler,
        () => node.visit(jar, round++ % 2 === 0 ? rekey : CARRY),
        async () => {
          await end(node, user, id)
          expect(await node.visit({ ...old })).toMatchObject({ user: null })
        },
      )
      expect(await node.visit({ ...old })).toMatchObject({ user: null })
      expect(await node.visit({ ...jar })).toMatchObject({ user: null })
      expect(await world.storage.list(user)).toEqual([])
      expect(world.storedUsers()).toEqual([])
    }, runs)
  })

  test('is void once somebody ended the session between its two halves', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const { jar, id } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const rekeying = hold('app storage.rekey')
    await world.race(
      gate,
      () => node.visit(jar, rekey),
      async () => {
        await rekeying.reached
        await node.sessions.user(user).end([id])
        rekeying.release()
      },
    )
    expect(world.storedUsers()).toEqual([])
    expect(await node.visit({ ...jar })).toMatchObject({ user: null })
  })

  test('is ended when the answer to its read comes after the end has resolved', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const { jar } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const read = hold('app storage.get answers')
    await world.race(
      gate,
      () => node.visit(jar, rekey),
      async () => {
        await read.reached
        expect(await node.sessions.user(user).endAll()).toHaveLength(1)
        read.release()
      },
    )
    expect(world.storedUsers()).toEqual([])
    expect(await node.visit({ ...jar })).toMatchObject({ user: null })
  })

  test('is not ended by a list that finds its new key not yet saved', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const { jar, id } = await node.signedIn(user)
    world.clock.advance(3_600_000)
    const { gate, hold } = heldGates()
    const saving = hold('app store.set')
    await world.race(
      gate,
      () => node.visit(jar, rekey),
      async () => {
        await saving.reached
        await node.sessions.user(user).list()
        await node.sessions.flush()
        saving.release()
      },
    )
    expect(await node.visit({ ...jar })).toMatchObject({ user, id })
    await expectListedIsAlive(node, user, [jar])
  })

  test('is not ended by a list, in any order', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar, id } = await node.signedIn(user)
      world.clock.advance(3_600_000)
      await world.shuffle(
        scheduler,
        () => node.visit(jar, rekey),
        () => node.sessions.user(user).list(),
      )
      expect(await node.visit({ ...jar })).toMatchObject({ user, id })
      await expectListedIsAlive(node, user, [jar])
    }, runs)
  })
})
