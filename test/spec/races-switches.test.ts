import { describe, expect, test } from 'vitest'
import { heldGates } from './race-gates.js'
import { type Handler, write } from './race-node.js'
import { everySchedule, STORAGES, World } from './races.js'

const clear: Handler = async ({ session }) => {
  delete session.userId
}

describe.each(STORAGES)('a slow save on $url', { timeout: 120_000 }, ({ url, runs }) => {
  test('does not undo a sign-out by clearing', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const started: string[] = []
    node.sessions.on('sessionStarted', ({ user }) => void started.push(user))
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const { jar, id } = await node.signedIn(user)
      started.length = 0
      await world.shuffle(
        scheduler,
        () => node.visit({ ...jar }, write),
        async () => {
          const { user: was } = await node.visit({ ...jar }, clear)
          expect(was).toBe(user)
          expect(await node.visit({ ...jar })).toMatchObject({ user: null })
        },
      )
      expect(await node.visit({ ...jar })).toMatchObject({ user: null })
      expect(world.storedUsers()).toEqual([])
      expect(await world.storage.get(user, id)).toMatchObject({ endReason: 'user' })
      expect(started).toEqual([])
    }, runs)
  })

  test('that comes after the clearing is refused, and the anonymous session goes on', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const { jar } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const slow = hold('app handler')
    await world.race(
      gate,
      () => node.visit({ ...jar }, write),
      async () => {
        await slow.reached
        await node.visit({ ...jar }, clear)
        slow.release()
      },
    )
    expect(world.storedUsers()).toEqual([])
    expect(world.kept.size).toBe(1)
    await node.visit(jar, async ({ session }) => {
      session.userId = user
    })
    expect(await node.visit({ ...jar })).toMatchObject({ user })
  })

  test('does not undo a switch of user', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    await everySchedule(async (scheduler) => {
      const user = world.nextUser()
      const next = `${user}-next`
      const { jar, id } = await node.signedIn(user)
      await world.shuffle(
        scheduler,
        () => node.visit({ ...jar }, write),
        async () => {
          await node.visit({ ...jar }, async ({ session }) => {
            session.userId = next
          })
          expect((await node.visit({ ...jar })).user).not.toBe(user)
        },
      )
      expect((await node.visit({ ...jar })).user).not.toBe(user)
      expect(await world.storage.get(user, id)).toMatchObject({ endReason: 'switched' })
      expect(await world.storage.list(user)).toEqual([])
      expect(world.storedUsers()).not.toContain(user)
    }, runs)
  })

  test('that comes after the switch is refused, and the other user goes on', async () => {
    const world = await World.of(url)
    const node = await world.node('app')
    const user = world.nextUser()
    const next = `${user}-next`
    const { jar } = await node.signedIn(user)
    const { gate, hold } = heldGates()
    const slow = hold('app handler')
    await world.race(
      gate,
      () => node.visit({ ...jar }, write),
      async () => {
        await slow.reached
        await node.visit({ ...jar }, async ({ session }) => {
          session.userId = next
        })
        slow.release()
      },
    )
    expect(await node.visit({ ...jar })).toMatchObject({ user: next })
  })
})
