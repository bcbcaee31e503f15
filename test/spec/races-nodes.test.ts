import { describe, expect, test } from 'vitest'
import { heldGates } from './race-gates.js'
import { type Handler, type Jar, type RaceNode, rekey, write } from './race-node.js'
import { everySchedule, STORAGES, World } from './races.js'

const STALENESS = 10_000
const OPTIONS = { maxStaleness: STALENESS }

async function twoNodes(url: string): Promise<{ world: World; a: RaceNode; b: RaceNode }> {
  const world = await World.of(url)
  return { world, a: await world.node('a', OPTIONS), b: await world.node('b', OPTIONS) }
}

function hearClientChanges(...nodes: RaceNode[]): string[] {
  const told: string[] = []
  for (const { sessions } of nodes) sessions.on('clientChanged', ({ to }) => void told.push(to.userAgent ?? ''))
  return told
}

describe.each(STORAGES)('a client change seen by two nodes at once on $url', { timeout: 120_000 }, ({ url, runs }) => {
  test('raises one event', async () => {
    const { world, a, b } = await twoNodes(url)
    const told = hearClientChanges(a, b)
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar } = await a.signedIn(user)
      await b.visit(jar)
      told.length = 0
      const moved = { ...jar, agent: 'another browser' }
      await world.shuffle(
        scheduler,
        () => a.visit({ ...moved }),
        () => b.visit({ ...moved }),
        () => b.visit({ ...moved }),
      )
      expect(told).toEqual(['another browser'])
    }, runs)
  })

  test('raises one event when both have read the old client before either wrote', async () => {
    const { world, a, b } = await twoNodes(url)
    const told = hearClientChanges(a, b)
    const user = world.nextUser()
    const { jar } = await a.signedIn(user)
    await b.visit(jar)
    const moved = { ...jar, agent: 'another browser' }
    const { gate, hold } = heldGates()
    const first = hold('a storage.update')
    await world.race(
      gate,
      () => a.visit({ ...moved }),
      async () => {
        await first.reached
        await b.visit({ ...moved })
        await b.sessions.flush()
        first.release()
      },
    )
    expect(told).toEqual(['another browser'])
  })
})

describe.each(STORAGES)('an end on one of two nodes, on $url', { timeout: 120_000 }, ({ url, runs }) => {
  const HANDLERS: Record<string, Handler> = { saves: write, 're-keys': rekey }

  test.each(
    Object.entries(HANDLERS),
  )('against a request on the other that %s: once `maxStaleness` is over nothing is admitted or left', async (_name, handler) => {
    const { world, a, b } = await twoNodes(url)
    let round = 0
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar, id } = await a.signedIn(user)
      // Every other time the second node has not met the session.
      if (round++ % 2 === 0) await b.visit({ ...jar })
      const carried: Jar = { ...jar }
      await world.shuffle(
        scheduler,
        () => a.sessions.user(user).end([id]),
        () => b.visit(carried, handler),
        async () => {
          world.clock.advance(STALENESS * 0.6)
          await b.visit({ ...jar })
        },
      )
      world.clock.advance(STALENESS + 1)
      for (const node of [b, a]) {
        expect(await node.visit({ ...jar })).toMatchObject({ user: null })
        expect(await node.visit({ ...carried })).toMatchObject({ user: null })
      }
      await world.settle()
      expect(world.storedUsers()).toEqual([])
      expect(await world.storage.list(user)).toEqual([])
    }, runs)
  })

  test('is seen by a sign-in whose answer was on its way', async () => {
    const { world, a, b } = await twoNodes(url)
    const user = world.nextUser()
    await b.visit({})
    const jar: Jar = {}
    const { gate, hold } = heldGates()
    const recorded = hold('b storage.record answers')
    await world.race(
      gate,
      () => b.signIn(jar, user),
      async () => {
        await recorded.reached
        expect(await a.sessions.user(user).endAll()).toHaveLength(1)
        world.clock.advance(STALENESS + 1)
        await b.visit({})
        await b.signedIn(`${user}-another`)
        recorded.release()
      },
    )
    world.clock.advance(STALENESS + 1)
    expect(await b.visit({ ...jar })).toMatchObject({ user: null })
  })

  test('is seen by a look-up whose answer was on its way', async () => {
    const { world, a, b } = await twoNodes(url)
    const user = world.nextUser()
    const { jar, id } = await a.signedIn(user)
    const saved = new Map(world.kept)
    const { gate, hold } = heldGates()
    await b.visit({})
    const found = hold('b storage.find answers')
    await world.race(
      gate,
      () => b.visit({ ...jar }),
      async () => {
        await found.reached
        await a.sessions.user(user).end([id])
        world.clock.advance(STALENESS + 1)
        await b.signedIn(`${user}-another`)
        found.release()
      },
    )
    for (const [key, data] of saved) world.kept.set(key, data)
    expect(await b.visit({ ...jar })).toMatchObject({ user: null })
  })

  test('is seen although a poll that began before it is still under way', async () => {
    const { world, a, b } = await twoNodes(url)
    const user = world.nextUser()
    const { jar, id } = await a.signedIn(user)
    await b.visit({ ...jar })
    const saved = new Map(world.kept)
    const { gate, hold } = heldGates()
    const polled = hold('b storage.changedSince answers')
    world.clock.advance(STALENESS * 0.6)
    let late: string | null = user
    await world.race(
      gate,
      () => b.visit({ ...jar }),
      async () => {
        await polled.reached
        await a.sessions.user(user).end([id])
        for (const [key, data] of saved) world.kept.set(key, data)
        world.clock.advance(STALENESS + 1)
        const visit = b.visit({ ...jar })
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
        polled.release()
        late = (await visit).user
      },
    )
    expect(late).toBe(null)
  })
})
