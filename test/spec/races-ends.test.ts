import { describe, expect, test } from 'vitest'
import { called, everySchedule, type Handler, heldGates, type Jar, openWorld, Scene, STORAGES } from './races.js'

const HANDLERS: Record<string, Handler> = {
  'reads only, and is touched': async () => {},
  'saves at its end': async ({ session }) => {
    session.count = (session.count ?? 0) + 1
  },
  'saves twice': async ({ session }) => {
    session.count = 1
    await called((done) => session.save(done))
    session.count = 2
  },
}

/** A request that begins after `end` has resolved is refused; what running handlers save brings nothing back. */
describe.each(STORAGES)('races of an end on %s', async (url) => {
  const world = await openWorld(url)

  test.each(Object.entries(HANDLERS))('an end against a request that %s', async (_name, handler) => {
    await everySchedule(async (scheduler) => {
      const scene = new Scene(world)
      const node = await scene.node('app')
      const jar: Jar = {}
      await node.signIn(jar, scene.user)
      const [{ id } = { id: '' }] = await node.sessions.user(scene.user).list()
      await scene.shuffle(
        scheduler,
        () => node.visit(jar, handler),
        async () => {
          await node.sessions.user(scene.user).end([id])
          expect((await node.visit({ ...jar })).user).toBe(null)
        },
      )
      expect(scene.storedUsers()).toEqual([])
      expect((await node.visit({ ...jar })).user).toBe(null)
    })
  })
})
void heldGates
