import type { Request } from 'express'
import { beforeEach, describe, expect, test } from 'vitest'
import { heldGates } from './race-gates.js'
import { called, cookieFor, type Jar, keyOf, type RaceNode, rekey, write } from './race-node.js'
import { World } from './races.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let world: World
let node: RaceNode
let user: string

beforeEach(async () => {
  world = await World.of('memory:')
  node = await world.node('app')
  user = world.nextUser()
})

/** The storage fails the next call only. */
function failOnce(): void {
  world.watch = async () => {
    world.watch = async () => {}
    throw new Error('the storage was away')
  }
}

async function keepingResidue(run: () => Promise<unknown>): Promise<void> {
  const before = new Map(world.kept)
  await run()
  for (const [key, data] of before) world.kept.set(key, data)
}

async function recordOf(id: string) {
  await world.settle()
  return world.storage.get(user, id)
}

describe('a session that was loaded while storage was away for a moment', () => {
  test('is refused for the reason it ended for', async () => {
    const { jar, id } = await node.signedIn(user)
    await keepingResidue(() => node.sessions.user(user).end([id], { reason: 'admin' }))
    const fresh = await world.node('fresh')
    const steps: string[] = []
    failOnce()
    await world.race(
      async (step) => void steps.push(step),
      async () => expect(await fresh.visit({ ...jar })).toMatchObject({ user: null, ended: 'admin' }),
    )
    expect(steps, 'what has ended is not adopted').not.toContain('fresh storage.record')
  })

  test('is refused under a key that is not its own', async () => {
    const { jar } = await node.signedIn(user)
    world.kept.set('a-copy', world.kept.get(keyOf(jar)) ?? '')
    const fresh = await world.node('fresh')
    failOnce()
    expect(await fresh.visit({ cookie: cookieFor('a-copy') })).toMatchObject({ user: null, ended: 'rekeyed' })
    expect(await world.storage.list(user)).toHaveLength(1)
  })

  test('is refused by its own marker when it is saved, its record being ended and purged', async () => {
    const { jar, id } = await node.signedIn(user)
    await keepingResidue(() => node.sessions.user(user).end([id]))
    world.clock.advance(90 * DAY)
    await node.sessions.everyone.purge()
    const fresh = await world.node('fresh')
    world.watch = async () => Promise.reject(new Error('the storage is away'))
    await fresh.visit({ ...jar }, async (request) => {
      world.watch = async () => {}
      await write(request)
    })
    expect(await world.storage.list(user)).toEqual([])
    expect(await fresh.visit({ ...jar })).toMatchObject({ user: null })
  })

  test('is adopted by its first save, when nobody had recorded it and admission could not', async () => {
    const { jar, id } = await node.signedIn(user)
    await keepingResidue(() => node.sessions.user(user).end([id]))
    await world.storage.erase(user)
    world.kept.set(
      keyOf(jar),
      JSON.stringify({ ...JSON.parse(world.kept.get(keyOf(jar)) ?? ''), usersessions: undefined }),
    )
    const fresh = await world.node('fresh')
    const told: boolean[] = []
    fresh.sessions.on('sessionStarted', (event) => void (event.user === user && told.push(event.adopted)))
    let calls = 0
    world.watch = async () => {
      if (++calls > 2) throw new Error('the storage takes nothing')
    }
    await fresh.visit({ ...jar }, async (request) => {
      world.watch = async () => {}
      await world.storage.erase(user)
      await write(request)
    })
    expect(told).toEqual([true])
  })

  test('is held once a save finds its record', async () => {
    const { jar, id } = await node.signedIn(user)
    const fresh = await world.node('fresh')
    world.watch = async () => Promise.reject(new Error('the storage is away'))
    await fresh.visit({ ...jar }, async (request) => {
      expect(fresh.us.of(request)).toMatchObject({ user, current: undefined })
      world.watch = async () => {}
      await called((done) => request.session.save(done))
      expect(fresh.us.of(request).current).toEqual({ id, user })
    })
  })
})

describe('a visit', () => {
  test('moves last seen, and the expiry by what the cookie says', async () => {
    const jar: Jar = {}
    await node.visit(jar, async ({ session }) => {
      session.userId = user
      session.cookie.maxAge = HOUR
    })
    const { id } = await node.visit({ ...jar })
    world.clock.advance(HOUR / 2)
    await node.visit({ ...jar })
    const now = world.clock.now()
    expect(await recordOf(id ?? '')).toMatchObject({ lastSeenAt: now, expiresAt: now + HOUR })
  })

  test('moves the expiry by the longest lifetime where the cookie says nothing', async () => {
    const { jar, id } = await node.signedIn(user)
    world.clock.advance(10 * DAY)
    await node.visit({ ...jar })
    expect(await recordOf(id)).toMatchObject({ expiresAt: world.clock.now() + 30 * DAY })
  })

  test('tells of another client only where activity is tracked', async () => {
    const untracked = await world.node('untracked', { trackActivity: false })
    const told: string[] = []
    for (const { sessions } of [node, untracked]) sessions.on('clientChanged', (event) => void told.push(event.user))
    const { jar, id } = await node.signedIn(user)
    await untracked.visit({ ...jar, agent: 'another browser' })
    expect(await recordOf(id)).toMatchObject({ userAgent: 'a browser' })
    await node.visit({ ...jar, agent: 'another browser' })
    expect(await recordOf(id)).toMatchObject({ userAgent: 'another browser' })
    await node.visit({ ...jar, agent: 'another browser' })
    await world.settle()
    expect(told).toEqual([user])
  })
})

describe('a request', () => {
  test('that signs in under a key whose session was recorded and ended meanwhile saves nothing', async () => {
    const jar: Jar = {}
    await node.visit(jar, write)
    const enter = async (request: Request) => {
      request.session.userId = user
    }
    const { gate, hold } = heldGates()
    const recording = hold('app storage.record')
    const steps: string[] = []
    await world.race(
      (step) => {
        steps.push(step)
        return gate(step)
      },
      () => node.visit({ ...jar }, enter),
      async () => {
        await recording.reached
        await node.visit({ ...jar }, enter)
        await node.sessions.user(user).endAll()
        steps.length = 0
        recording.release()
      },
    )
    expect(steps).not.toContain('app store.set')
    expect(world.storedUsers()).toEqual([])
  })

  test('that saves reads its session from the store once', async () => {
    const { jar } = await node.signedIn(user)
    const steps: string[] = []
    await world.race(
      async (step) => void steps.push(step),
      () => node.visit({ ...jar }, write),
    )
    expect(steps.filter((step) => step === 'app store.get')).toHaveLength(1)
    expect(steps).toContain('app store.set')
  })

  test('that re-keys twice keeps its record, and nobody is told of an end', async () => {
    const told: string[] = []
    node.sessions.on('sessionEnded', (event) => void told.push(event.user))
    const { jar, id } = await node.signedIn(user)
    await node.visit(jar, async (request) => {
      await rekey(request)
      await called((done) => request.session.save(done))
      await rekey(request)
    })
    expect(await node.visit({ ...jar })).toMatchObject({ user, id })
    expect(told).toEqual([])
    expect(await world.storage.list(user)).toHaveLength(1)
  })

  test('that signs in, saves, and changes more, has one record', async () => {
    const jar: Jar = {}
    await node.visit(jar, async (request) => {
      request.session.userId = user
      await called((done) => request.session.save(done))
      expect(node.us.of(request).current?.user).toBe(user)
      await write(request)
      await called((done) => request.session.save(done))
      await called((done) => request.session.destroy(done))
      expect(node.us.of(request).current).toBe(undefined)
    })
    expect(await world.storage.list(user)).toEqual([])
    expect(await node.sessions.user(user).history()).toMatchObject([{ endReason: 'user', endedBy: user }])
  })

  test('that logs out and signs another user in has one record for each', async () => {
    const next = `${user}-next`
    const { jar, id } = await node.signedIn(user)
    await node.visit(jar, async (request) => {
      await called((done) => request.session.regenerate(done))
      request.session.userId = next
    })
    expect(await world.storage.get(user, id)).toMatchObject({ endReason: 'user' })
    expect(await node.visit({ ...jar })).toMatchObject({ user: next })
  })

  test('that clears the user and signs them in again under the same key makes a new record', async () => {
    const { jar, id } = await node.signedIn(user)
    await node.visit(jar, async (request) => {
      delete request.session.userId
      await called((done) => request.session.save(done))
      expect(node.us.of(request).current).toBe(undefined)
      request.session.userId = user
    })
    const again = await node.visit({ ...jar })
    expect(again.user).toBe(user)
    expect(again.id).not.toBe(id)
    expect(await world.storage.get(user, id)).toMatchObject({ endReason: 'user' })
  })

  test('that re-keys is saved as often as it likes afterwards, and its session needs no look-up', async () => {
    const { jar, id } = await node.signedIn(user)
    await node.visit(jar, async (request) => {
      await rekey(request)
      await called((done) => request.session.save(done))
      await write(request)
    })
    const steps: string[] = []
    await world.race(
      async (step) => void steps.push(step),
      () => node.visit({ ...jar }),
    )
    expect(await node.visit({ ...jar })).toMatchObject({ user, id })
    expect([...world.kept.values()].map((text) => JSON.parse(text).count)).toEqual([1])
    expect(steps).not.toContain('app storage.find')
  })

  test('that destroys its session twice on the way to another key keeps its record', async () => {
    const { jar, id } = await node.signedIn(user)
    await node.visit(jar, async (request) => {
      const { sessionID, sessionStore } = request
      await called((done) => request.session.regenerate(done))
      await called((done) => sessionStore.destroy(sessionID, done))
      request.session.userId = user
    })
    expect(await node.visit({ ...jar })).toMatchObject({ user, id })
  })

  test('that saves what it has destroyed is refused, and storage is asked for no re-key', async () => {
    const { jar } = await node.signedIn(user)
    const steps: string[] = []
    await world.race(
      async (step) => void steps.push(step),
      () =>
        node.visit({ ...jar }, async (request) => {
          const { session } = request
          await called((done) => session.destroy(done))
          await called((done) => session.save(done))
        }),
    )
    expect(world.kept.size).toBe(0)
    expect(steps).not.toContain('app storage.rekey')
    expect(steps).not.toContain('app store.set')
  })

  test('that carries its user over to a second session beside the first has one record for each', async () => {
    const { jar, id } = await node.signedIn(user)
    const old = { ...jar }
    await node.visit(jar, async (request) => {
      const generate: unknown = Reflect.get(request.sessionStore, 'generate')
      if (typeof generate === 'function') generate.call(request.sessionStore, request)
      request.session.userId = user
    })
    expect(await node.visit({ ...old })).toMatchObject({ user, id })
    expect((await node.visit({ ...jar })).user).toBe(user)
    expect(await node.sessions.user(user).list()).toHaveLength(2)
  })

  test('that leaves its key to another user under a fresh key does not end what lies under the old one', async () => {
    const next = `${user}-next`
    const { jar, id } = await node.signedIn(user)
    const old = { ...jar }
    await node.visit(jar, async (request) => {
      const generate: unknown = Reflect.get(request.sessionStore, 'generate')
      if (typeof generate === 'function') generate.call(request.sessionStore, request)
      request.session.userId = next
    })
    expect(await node.visit({ ...old })).toMatchObject({ user, id })
    expect(await node.visit({ ...jar })).toMatchObject({ user: next })
  })

  test('that goes on after its response is done and destroys its session has its end told', async () => {
    const told: (string | null)[] = []
    node.sessions.on('sessionEnded', (event) => void (event.user === user && told.push(event.ending.reason)))
    const { jar } = await node.signedIn(user)
    await node.visit({ ...jar }, async (request) => {
      request.res?.emit('close')
      await called((done) => request.session.destroy(done))
    })
    expect(told).toEqual(['user'])
  })

  test('whose session another node ended, and that destroys it, leaves nothing for a slower one to save', async () => {
    const other = await world.node('other')
    const { jar, id } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const slow = hold('app handler')
    await world.race(
      gate,
      () => node.visit({ ...jar }, write),
      async () => {
        await slow.reached
        await keepingResidue(() => other.sessions.user(user).end([id]))
        await node.visit({ ...jar }, async ({ session }) => called((done) => session.destroy(done)))
        slow.release()
      },
    )
    expect(world.kept.size).toBe(0)
  })

  test('whose session another node ends between its re-key and its save saves nothing', async () => {
    const other = await world.node('other')
    const { jar, id } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const read = hold('app storage.get')
    const steps: string[] = []
    await world.race(
      (step) => {
        steps.push(step)
        return gate(step)
      },
      () => node.visit(jar, rekey),
      async () => {
        await read.reached
        await other.sessions.user(user).end([id])
        read.release()
      },
    )
    expect(steps).not.toContain('app store.set')
  })

  test('that came with the old key and logs out does not end what lives on under another', async () => {
    const { jar, id } = await node.signedIn(user)
    const moved = { ...jar }
    const { gate, hold } = heldGates()
    const slow = hold('app handler')
    await world.race(
      gate,
      () => node.visit({ ...jar }, async ({ session }) => called((done) => session.destroy(done))),
      async () => {
        await slow.reached
        await node.visit(moved, rekey)
        slow.release()
      },
    )
    expect(await node.visit({ ...moved })).toMatchObject({ user, id })
    expect(await node.visit({ ...jar })).toMatchObject({ user: null })
  })

  test('whose session was ended after it destroyed it carries nothing on, and neither does a second save', async () => {
    const told: (string | null)[] = []
    node.sessions.on('sessionEnded', (event) => void (event.user === user && told.push(event.ending.reason)))
    const { jar, id } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const destroyed = hold('app store.destroy answers')
    await world.race(
      gate,
      () =>
        node.visit(jar, async (request) => {
          await rekey(request)
          await called((done) => request.session.save(done))
          await write(request)
        }),
      async () => {
        await destroyed.reached
        await node.sessions.user(user).end([id])
        destroyed.release()
      },
    )
    expect(world.storedUsers()).toEqual([])
    expect(await world.storage.list(user)).toEqual([])
    expect(told).toEqual(['user'])
  })

  test('that destroys a session which somebody else had just ended does not re-key it', async () => {
    const { jar, id } = await node.signedIn(user)
    const told: (string | null)[] = []
    node.sessions.on('sessionEnded', (event) => void told.push(event.ending.reason))
    await node.visit(jar, async (request) => {
      await node.sessions.user(user).end([id], { reason: 'admin' })
      await rekey(request)
    })
    expect(world.storedUsers()).toEqual([])
    expect(await world.storage.get(user, id)).toMatchObject({ endReason: 'admin' })
    expect(told).toEqual(['admin'])
  })
})
