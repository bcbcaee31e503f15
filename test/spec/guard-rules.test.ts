import { AsyncResource } from 'node:async_hooks'
import { Cookie, type SessionData, type Store } from 'express-session'
import { beforeEach, describe, expect, test } from 'vitest'
import { ExpressSessionEngine } from '../../src/engine/express-session.js'
import { keptLog } from './kept-log.js'
import { GatedStore, heldGates } from './race-gates.js'
import { called, cookieFor, type Handler, type Jar, keyOf, type RaceNode, rekey, write } from './race-node.js'
import { World } from './races.js'

const STALENESS = 10_000
const log = keptLog()
const away = async () => Promise.reject(new Error('the storage is away'))

let world: World
let node: RaceNode
let user: string

beforeEach(async () => {
  world = await World.of('memory:')
  node = await world.node('app', { logger: log, maxStaleness: STALENESS })
  user = world.nextUser()
})

/** What the app's store holds comes back after `run`, as from a store that is slow to forget. */
async function withResidue(run: () => Promise<unknown>): Promise<void> {
  const before = new Map(world.kept)
  await run()
  for (const [key, data] of before) world.kept.set(key, data)
}

/** Stops a visit in its handler while `meanwhile` runs. */
async function during(jar: Jar, handler: Handler, meanwhile: () => Promise<unknown>): Promise<string[]> {
  const { gate, hold } = heldGates()
  const steps: string[] = []
  const stopped = hold('app handler')
  await world.race(
    (step) => {
      steps.push(step)
      return gate(step)
    },
    () => node.visit(jar, handler),
    async () => {
      await stopped.reached
      await meanwhile()
      steps.length = 0
      stopped.release()
    },
  )
  return steps
}

/** The guarded store as code outside any request has it; `steps` are what reached the app's own store. */
async function outside() {
  const steps: string[] = []
  const inner = new GatedStore(world.kept, async (step) => void steps.push(step))
  const binding = node.sessions.bind(new ExpressSessionEngine({ user: (data) => data.userId }))
  return { store: binding.guard(inner), inner, steps }
}

const noRequest = new AsyncResource('no request')

function outsideAnyRequest<Result>(run: () => Promise<Result>): Promise<Result> {
  return noRequest.runInAsyncScope(run)
}

function dataOf(userId?: string, marker?: string): SessionData {
  return {
    cookie: new Cookie(),
    ...(userId === undefined ? {} : { userId }),
    ...(marker === undefined ? {} : { usersessions: marker }),
  }
}

const kept = (jar: Jar): SessionData => JSON.parse(world.kept.get(keyOf(jar)) ?? '{}')
const readable = (store: Store, key: string) =>
  new Promise((resolve, reject) =>
    store.get(key, (error, data) => (error ? reject(error) : resolve(data ?? undefined))),
  )

describe('a session that ended while its request ran, and whose store kept it', () => {
  test.each([
    { name: 'a save', handler: write },
    { name: 'a touch', handler: async () => {} },
  ])('is destroyed by $name', async ({ handler }) => {
    const { jar, id } = await node.signedIn(user)
    const steps = await during({ ...jar }, handler, () => withResidue(() => node.sessions.user(user).end([id])))
    expect(world.kept.size).toBe(0)
    expect(steps).not.toContain('app store.set')
    expect(steps).not.toContain('app store.touch')
  })

  test('is destroyed by a touch although another node ended it', async () => {
    const other = await world.node('other')
    const { jar, id } = await node.signedIn(user)
    const steps = await during(
      { ...jar },
      async () => {},
      async () => {
        await withResidue(() => other.sessions.user(user).end([id]))
        world.clock.advance(STALENESS + 1)
      },
    )
    expect(steps).not.toContain('app store.touch')
    expect(world.kept.size).toBe(0)
  })

  test('counts as one refusal under the reason it ended for', async () => {
    const { jar, id } = await node.signedIn(user)
    const before = node.sessions.refusals
    await during({ ...jar }, write, () =>
      withResidue(() => node.sessions.user(user).end([id], { reason: 'credentials-changed' })),
    )
    expect(node.sessions.refusals['credentials-changed'] ?? 0).toBe((before['credentials-changed'] ?? 0) + 1)
    expect(node.sessions.refusals.purged).toBe(before.purged)
  })
})

test('a live session is touched in the store', async () => {
  const { jar } = await node.signedIn(user)
  expect(
    await during(
      { ...jar },
      async () => {},
      async () => {},
    ),
  ).toContain('app store.touch')
})

describe('an anonymous session', () => {
  test('is saved, loaded and touched without a word', async () => {
    const lines = log.lines.length
    const jar: Jar = {}
    await node.visit(jar, async ({ session }) => {
      session.count = 1
      await called((done) => session.save(done))
    })
    expect(kept(jar).count).toBe(1)
    expect(
      await during(
        { ...jar },
        async () => {},
        async () => {},
      ),
    ).toContain('app store.touch')
    expect(log.lines.slice(lines)).toEqual([])
  })
})

describe('a session whose key is another now', () => {
  test('does not load under the old one', async () => {
    const { jar } = await node.signedIn(user)
    const old = { ...jar }
    await withResidue(() => node.visit(jar, rekey))
    expect(await node.visit({ ...old })).toMatchObject({ user: null, ended: 'rekeyed' })
    expect(await node.visit({ ...jar })).toMatchObject({ user })
  })

  test('does not load from a copy under a key of its own', async () => {
    const { jar } = await node.signedIn(user)
    world.kept.set('a-copy', world.kept.get(keyOf(jar)) ?? '')
    expect(await node.visit({ cookie: cookieFor('a-copy') })).toMatchObject({ user: null, ended: 'rekeyed' })
    expect(world.kept.has('a-copy')).toBe(false)
    expect(await node.visit({ ...jar })).toMatchObject({ user })
  })
})

describe('outside any request', () => {
  test('a save without the user ends the session, and the key is free', async () => {
    const { jar, id } = await node.signedIn(user)
    const { store } = await outside()
    await called((done) => store.set(keyOf(jar), dataOf(), done))
    expect(await world.storage.get(user, id)).toMatchObject({ endReason: 'user' })
    expect(await node.visit({ ...jar })).toMatchObject({ user: null, ended: null })
  })

  test('a save for another user ends the one and records the other', async () => {
    const { jar, id } = await node.signedIn(user)
    const { store } = await outside()
    await called((done) => store.set(keyOf(jar), { ...kept(jar), userId: `${user}-next` }, done))
    expect(await world.storage.get(user, id)).toMatchObject({ endReason: 'switched' })
    expect(await node.visit({ ...jar })).toMatchObject({ user: `${user}-next` })
  })

  test('a save for the same user leaves the session as it is', async () => {
    const { jar, id } = await node.signedIn(user)
    const { store } = await outside()
    await called((done) => store.set(keyOf(jar), { ...kept(jar), count: 7 }, done))
    expect(await node.visit({ ...jar })).toMatchObject({ user, id })
    expect(kept(jar).count).toBe(7)
  })

  test('a destroy is an end by the app', async () => {
    const { jar, id } = await node.signedIn(user)
    const { store } = await outside()
    await called((done) => store.destroy(keyOf(jar), done))
    expect(await world.storage.get(user, id)).toMatchObject({ endReason: 'app' })
    expect(world.kept.size).toBe(0)
  })

  test('a destroy of what has ended already ends nothing, and a pending re-key stays good', async () => {
    const { jar, id } = await node.signedIn(user)
    const { store } = await outside()
    await node.visit(jar, async (request) => {
      const { userId } = request.session
      const old = new Map(world.kept)
      await called((done) => request.session.regenerate(done))
      for (const [key, data] of old) world.kept.set(key, data)
      // As a clean-up job does it, not this request.
      await outsideAnyRequest(() => called((done) => store.destroy([...old.keys()][0] ?? '', done)))
      if (userId !== undefined) request.session.userId = userId
    })
    expect(await node.visit({ ...jar })).toMatchObject({ user, id })
  })

  test('a destroy of an old key does not end what another node gave a new one', async () => {
    const other = await world.node('other')
    const { jar, id } = await node.signedIn(user)
    const moved = { ...jar }
    await withResidue(() => other.visit(moved, rekey))
    const { store } = await outside()
    await called((done) => store.destroy(keyOf(jar), done))
    expect(await other.visit({ ...moved })).toMatchObject({ user, id })
  })

  test('a save of anonymous data over anonymous data asks nothing of storage', async () => {
    const lines = log.lines.length
    const { store } = await outside()
    world.kept.set('anonymous', JSON.stringify(dataOf()))
    await called((done) => store.set('anonymous', dataOf(), done))
    await called((done) => store.destroy('anonymous', done))
    expect(log.lines.slice(lines)).toEqual([])
  })

  test('a save of an ended session that the store cannot be asked about is refused', async () => {
    const { jar, id } = await node.signedIn(user)
    const data = kept(jar)
    await node.sessions.user(user).end([id])
    const { store, inner, steps } = await outside()
    inner.get = (_key, done) => done(new Error('the store is away'))
    await called((done) => store.set(keyOf(jar), data, done))
    expect(steps).not.toContain('store.set')
  })
})

test('a library that destroys what it is loading has found it expired: no logout, and nothing is held', async () => {
  const told: string[] = []
  node.sessions.on('sessionEnded', (event) => void (event.user === user && told.push(event.ending.reason)))
  const { jar, id } = await node.signedIn(user)
  const binding = node.sessions.bind(new ExpressSessionEngine({ user: (data) => data.userId }))
  const store = binding.guard(new GatedStore(world.kept, async () => {}))
  const request = {}
  await binding.open(request, { header: () => undefined, remoteAddress: undefined }, async () => {
    expect(await readable(store, keyOf(jar))).toMatchObject({ userId: user })
    await called((done) => store.destroy(keyOf(jar), done))
    expect(binding.of(request).current).toBe(undefined)
    await binding.admit(request)
    const data = Object.defineProperty(dataOf(user), 'req', { value: request })
    await called((done) => store.set('signed-in-anew', data, done))
  })
  binding.close(request)
  expect(await world.storage.list(user)).toHaveLength(1)
  expect(await world.storage.get(user, id)).toMatchObject({ endReason: 'expired' })
  expect(told).toEqual(['expired'])
})

describe('a fault of ours', () => {
  test('lets a logout go on', async () => {
    const { jar } = await node.signedIn(user)
    const lines = log.lines.length
    await node.visit({ ...jar }, async ({ session }) => {
      world.watch = away
      await called((done) => session.destroy(done))
    })
    world.watch = async () => {}
    expect(world.kept.size).toBe(0)
    expect(log.lines.slice(lines).join()).toContain('could not decide')
  })

  test('lets a sign-in be saved', async () => {
    const jar: Jar = {}
    await node.visit(jar, async ({ session }) => {
      session.userId = user
      world.watch = away
      await called((done) => session.save(done))
    })
    expect(kept(jar).userId).toBe(user)
  })

  test('lets a session load and be touched', async () => {
    const { jar } = await node.signedIn(user)
    const fresh = await world.node('one that has met nobody', { logger: log })
    world.watch = away
    expect(await fresh.visit({ ...jar })).toMatchObject({ user })
    expect(world.kept.size).toBe(1)
  })
})

describe('with mode observe', () => {
  test('an ended session is admitted without a reason, saved, and counted once a request', async () => {
    const observing = await world.node('observing', { mode: 'observe', maxStaleness: STALENESS })
    const { jar, id } = await node.signedIn(user)
    await withResidue(() => node.sessions.user(user).end([id], { reason: 'admin' }))
    for (const times of [1, 2]) {
      expect(await observing.visit({ ...jar }, write)).toMatchObject({ user, ended: null })
      expect(kept(jar).count).toBe(times)
      expect(observing.sessions.refusals).toEqual({ admin: times })
    }
  })

  test('a session that ended while its request ran is saved and touched all the same, and counted', async () => {
    const observing = await world.node('observing', { mode: 'observe', maxStaleness: STALENESS })
    const before = observing.sessions.refusals.limit ?? 0
    const { jar, id } = await observing.signedIn(user)
    const end = () => withResidue(() => observing.sessions.user(user).end([id], { reason: 'limit' }))
    await observing.visit({ ...jar }, async (request) => {
      await end()
      await write(request)
    })
    expect(kept(jar).count).toBe(1)
    expect(observing.sessions.refusals.limit).toBe(before + 1)
    await observing.visit({ ...jar })
    expect(world.kept.size).toBe(1)
  })
})

test('what an ended session was refused for is told from its record, too', async () => {
  const fresh = await world.node('one that met it late')
  const { jar, id } = await node.signedIn(user)
  await withResidue(() => node.sessions.user(user).end([id], { reason: 'admin' }))
  expect(await fresh.visit({ ...jar })).toMatchObject({ user: null, ended: 'admin' })
  expect(world.kept.size).toBe(0)
  expect(await node.visit({ ...jar })).toMatchObject({ user: null, ended: 'admin' })
})

test('a store that holds the key of a user may be read back as what was saved', async () => {
  const { jar } = await node.signedIn(user)
  const { store } = await outside()
  expect(await readable(store, keyOf(jar))).toMatchObject({ userId: user })
  await node.sessions.user(user).endAll()
  expect(await readable(store, keyOf(jar))).toBe(undefined)
})
