import { describe, expect, test } from 'vitest'
import { heldGates } from './race-gates.js'
import { called, type Handler, write } from './race-node.js'
import { everySchedule, STORAGES, World } from './races.js'

const HANDLERS: Record<string, Handler> = {
  'reads only, and is touched': async () => {},
  'saves at its end': write,
  'saves twice': async ({ session }) => {
    session.count = 1
    await called((done) => session.save(done))
    session.count = 2
  },
}

/** A request that begins after `end` has resolved is refused; what running handlers save brings nothing back. */
describe.each(STORAGES)('an end on $url', { timeout: 120_000 }, ({ url, runs }) => {
  test.each(Object.entries(HANDLERS))('stands against a request that %s, in every order', async (_name, handler) => {
    const world = await World.of(url)
    const node = await world.node('app')
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar, id } = await node.signedIn(user)
      await world.shuffle(
        scheduler,
        () => node.visit({ ...jar }, handler),
        async () => {
          expect(await node.sessions.user(user).end([id])).toHaveLength(1)
          expect(await node.visit({ ...jar })).toMatchObject({ user: null })
        },
      )
      expect(world.storedUsers()).toEqual([])
      expect(await node.visit({ ...jar })).toMatchObject({ user: null })
    }, runs)
  })

  test('stands against a save and a logout at once', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar, id } = await node.signedIn(user)
      await world.shuffle(
        scheduler,
        () => node.visit({ ...jar }, write),
        () => node.visit({ ...jar }, ({ session }) => called((done) => session.destroy(done))),
        () => node.sessions.user(user).end([id]),
      )
      expect(world.storedUsers()).toEqual([])
      expect(await node.visit({ ...jar })).toMatchObject({ user: null })
    }, runs)
  })

  test('stands against a save that was ruled on before it, although a logout came between', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const { jar, id } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const saving = hold('app store.set')
    const leaving = hold('app handler')
    await world.race(
      gate,
      () => node.visit({ ...jar }, ({ session }) => called((done) => session.destroy(done))),
      async () => {
        await leaving.reached
        const slow = node.visit({ ...jar }, write)
        await saving.reached
        await node.sessions.user(user).end([id])
        leaving.release()
        await called((done) => setImmediate(done))
        saving.release()
        await slow
      },
    )
    expect(world.storedUsers()).toEqual([])
  })

  test('stands against a save that was ruled on before it and made after it', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const { jar, id } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const saving = hold('app store.set')
    await world.race(
      gate,
      () => node.visit({ ...jar }, write),
      async () => {
        await saving.reached
        await node.sessions.user(user).end([id])
        saving.release()
      },
    )
    expect(world.storedUsers()).toEqual([])
    expect(await node.visit({ ...jar })).toMatchObject({ user: null })
  })

  test('stands against a touch that the rules let pass before it', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const { jar, id } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const touching = hold('app store.touch')
    await world.race(
      gate,
      () => node.visit({ ...jar }),
      async () => {
        await touching.reached
        // A store that touches by writing what it was given brings the session back.
        const kept = new Map(world.kept)
        await node.sessions.user(user).end([id])
        for (const [key, data] of kept) world.kept.set(key, data)
        touching.release()
      },
    )
    expect(world.storedUsers()).toEqual([])
  })

  test('is not undone by activity that is written later, and last seen never goes back', async () => {
    const world = await World.of(url)
    const a = await world.node('app')
    const b = await world.node('other')
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar, id } = await a.signedIn(user)
      await b.visit(jar)
      await world.settle()
      let before = await world.storage.get(user, id)
      world.watch = async () => {
        const now = await world.storage.get(user, id)
        expect(now?.lastSeenAt).toBeGreaterThanOrEqual(before?.lastSeenAt ?? 0)
        expect(now?.expiresAt).toBeGreaterThanOrEqual(before?.expiresAt ?? 0)
        if (before?.endedAt) expect(now).toEqual(before)
        before = now
      }
      let latest = 0
      const visitAndFlush = (node: typeof a) => async () => {
        world.clock.advance(1000)
        latest = world.clock.now()
        await node.visit({ ...jar })
        await node.sessions.flush()
      }
      await world.shuffle(scheduler, visitAndFlush(a), visitAndFlush(b))
      expect(before?.lastSeenAt).toBe(latest)
      await world.shuffle(scheduler, visitAndFlush(a), visitAndFlush(b), () => a.sessions.user(user).end([id]))
      expect(before?.endedAt).not.toBe(null)
    }, runs)
  })
})

/** With another secret an end cannot tell which key it was: then all hangs on the look-ups under way. */
const ANOTHER_SECRET = { secret: 'another secret of at least 32 characters' }

describe.each(STORAGES)('a verdict that was loaded before an end and comes after it, on $url', { timeout: 120_000 }, ({
  url,
  runs,
}) => {
  test.each(['app', 'one with another secret'])('admits nobody (%s)', async (name) => {
    const world = await World.of(url)
    const other = await world.node('other')
    const node = await world.node(name, name === 'app' ? {} : ANOTHER_SECRET)
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar, id } = await other.signedIn(user)
      await world.shuffle(
        scheduler,
        () => node.visit({ ...jar }),
        () => node.visit({ ...jar }, write),
        async () => {
          await node.sessions.user(user).end([id])
          expect(await node.visit({ ...jar })).toMatchObject({ user: null })
        },
      )
      expect(await node.visit({ ...jar })).toMatchObject({ user: null })
      expect(world.storedUsers()).toEqual([])
    }, runs)
  })

  test('is neither shared nor remembered', async () => {
    const world = await World.of(url)
    const other = await world.node('other')
    const node = await world.node('one with another secret', ANOTHER_SECRET)
    const user = world.nextUser()
    const { jar, id } = await other.signedIn(user)
    const { gate, hold } = heldGates()
    const found = hold('one with another secret storage.find answers')
    await world.race(
      gate,
      () => node.visit({ ...jar }),
      async () => {
        await found.reached
        await node.sessions.user(user).end([id])
        expect(await node.visit({ ...jar }), 'shares no look-up').toMatchObject({ user: null })
        found.release()
      },
    )
    expect(await node.visit({ ...jar }), 'is not remembered').toMatchObject({ user: null })
  })
})

describe.each(STORAGES)('a purge against an end on $url', { timeout: 120_000 }, ({ url, runs }) => {
  const LONG = 70 * 24 * 3_600_000

  test('takes the record of a session that ended, and nothing of it comes back', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar, id } = await node.signedIn(user)
      let isOver = false
      await world.shuffle(
        scheduler,
        () => node.visit({ ...jar }, write),
        async () => {
          await node.sessions.user(user).end([id])
          isOver = true
          world.clock.advance(LONG)
          await node.sessions.everyone.purge()
        },
        async () => {
          const began = isOver
          const { user: admitted } = await node.visit({ ...jar })
          if (began) expect(admitted).toBe(null)
        },
      )
      expect(await world.storage.get(user, id)).toBe(undefined)
      expect(await node.visit({ ...jar })).toMatchObject({ user: null })
      expect(world.storedUsers()).toEqual([])
    }, runs)
  })

  const purgedBefore = async ({ known, all }: { known: boolean; all: boolean }) => {
    const world = await World.of(url)
    const node = await world.node('app')
    const met = known ? node : await world.node('other')
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar, id } = await met.signedIn(user)
      world.clock.advance(LONG)
      await world.shuffle(
        scheduler,
        () => node.visit({ ...jar }, write),
        () => node.sessions.everyone.purge(),
        async () => {
          await (all ? node.sessions.user(user).endAll() : node.sessions.user(user).end([id]))
          expect(await node.visit({ ...jar })).toMatchObject({ user: null })
        },
      )
      expect(await node.visit({ ...jar })).toMatchObject({ user: null })
    }, runs)
  }
  const TITLE = 'that comes just before the end leaves nobody signed in (%o)'
  test.each([{ known: true, all: false }])(TITLE, purgedBefore)
  test.each([
    { known: true, all: true },
    { known: false, all: false },
    { known: false, all: true },
  ])(TITLE, purgedBefore)
})
