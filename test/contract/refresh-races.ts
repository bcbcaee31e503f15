import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Rotated, refreshTokens } from '../../src/bindings/refresh-tokens.js'
import { TokenEngine } from '../../src/engine/token.js'
import { createUserSessions, type Storage } from '../../src/index.js'
import { fakeClock } from '../spec/fake-clock.js'
import { keptLog } from '../spec/kept-log.js'
import { SECRET } from './contract-app.js'
import { EveryOrder } from './every-order.js'

const GRACE = 10_000
const SOURCE = { header: () => 'Contract/1', remoteAddress: '127.0.0.1' }

interface Asked {
  readonly claims?: { readonly key: string; readonly user: string }
}

/** A storage, and whether an answer on its way back is a step of its own: that makes hundreds of orders out of twenty. */
export interface RefreshRaces {
  readonly open: (clock: () => number) => Promise<Storage>
  readonly answers: boolean
}

/** What a refresh of tokens adds to the races of a session, on one process and on two that share a storage. */
export function refreshRaces(name: string, { open, answers }: RefreshRaces): void {
  describe.each([1, 2])(`${name}: refreshes race, in every order of their steps, processes: %i`, (processes) => {
    let world: World
    beforeAll(async () => {
      world = await World.make(open, answers, processes)
    })
    afterAll(() => world.close())

    test('refresh × refresh: one turns the token, the other is answered with what it came to, and nobody is signed out', async () => {
      const orders = await world.order.walk(async () => {
        const { user, token } = await world.signIn()
        const [a, b] = [world.rotate(0, token), world.rotate(1, token)]
        return {
          run: [a.run, b.run],
          async after() {
            expect([a.outcome(), b.outcome()].sort()).toEqual(['repeated', 'rotated'])
            for (const next of [a.token(), b.token()]) expect(await world.ask(next)).toMatch(/rotated|repeated/)
            expect(await world.live(user)).toHaveLength(1)
            world.clock.advance(GRACE + 1)
            expect(await world.ask(token)).toBe('token-reused')
            expect(await world.live(user)).toEqual([])
          },
        }
      })
      expect(orders).toBeGreaterThan(5)
    })

    test('refresh × end: whatever it came to, the session is ended and no token of it is good', async () => {
      const orders = await world.order.walk(async () => {
        const { user, token } = await world.signIn()
        const refresh = world.rotate(0, token)
        return {
          run: [refresh.run, () => world.node(1).sessions.user(user).endAll()],
          async after() {
            expect(['rotated', 'app']).toContain(refresh.outcome())
            expect(await world.live(user)).toEqual([])
            for (const late of [token, refresh.token()]) expect(await world.ask(late)).toBe('app')
          },
        }
      })
      expect(orders).toBeGreaterThan(5)
    })

    test('refresh × endOthers: the one that is refreshed meanwhile ends, and the other one goes on', async () => {
      await world.order.walk(async () => {
        const { user, token } = await world.signIn()
        const other = await world.signIn(user)
        const refresh = world.rotate(0, token)
        return {
          run: [refresh.run, () => other.visit((mine) => mine.endOthers())],
          async after() {
            expect(['rotated', 'other-session']).toContain(refresh.outcome())
            expect(await world.live(user)).toEqual([other.id])
            for (const late of [token, refresh.token()]) expect(await world.ask(late)).toBe('other-session')
            expect(await world.ask(other.token)).toBe('rotated')
          },
        }
      })
    })

    test('reuse × end: the session ends once, by one of them, and the reason is the same for everybody', async () => {
      await world.order.walk(async () => {
        const { user, token } = await world.signIn()
        await world.ask(token)
        world.clock.advance(GRACE + 1)
        const reuse = world.rotate(0, token)
        const told = world.told.length
        return {
          run: [reuse.run, () => world.node(1).sessions.user(user).endAll()],
          async after() {
            const [ended, ...more] = world.told.slice(told)
            expect(more).toEqual([])
            expect(['token-reused', 'app']).toContain(ended)
            expect(reuse.outcome()).toBe(ended)
            expect((await world.node(1).sessions.user(user).history())[0]?.endReason).toBe(ended)
          },
        }
      })
    })

    test('reuse × refresh: the session ends, whoever was first, and the newest token is worth nothing', async () => {
      await world.order.walk(async () => {
        const { user, token } = await world.signIn()
        const newest = world.rotate(0, token)
        await newest.run()
        world.clock.advance(GRACE + 1)
        const [reuse, refresh] = [world.rotate(0, token), world.rotate(1, newest.token())]
        return {
          run: [reuse.run, refresh.run],
          async after() {
            expect(reuse.outcome()).toBe('token-reused')
            expect(['rotated', 'token-reused']).toContain(refresh.outcome())
            expect(await world.live(user)).toEqual([])
            for (const late of [newest.token(), refresh.token()]) expect(await world.ask(late)).toBe('token-reused')
          },
        }
      })
    })

    test('refresh × update: neither the app’s data nor the turn of the token is lost', async () => {
      await world.order.walk(async () => {
        const { user, id, token } = await world.signIn()
        const refresh = world.rotate(0, token)
        return {
          run: [
            refresh.run,
            () =>
              world
                .node(1)
                .sessions.user(user)
                .update(id, { data: { n: 1 } }),
          ],
          async after() {
            expect(refresh.outcome()).toBe('rotated')
            expect((await world.node(1).sessions.user(user).get(id))?.data).toEqual({ n: 1 })
            expect(await world.ask(token)).toBe('repeated')
          },
        }
      })
    })
  })
}

type Node = Awaited<ReturnType<typeof openNode>>

async function openNode(storage: Storage, clock: () => number) {
  const sessions = await createUserSessions({ storage, secret: SECRET, clock, purgeInterval: 0, logger: keptLog() })
  const binding = sessions.bind(new TokenEngine<Asked>({ claims: ({ claims }) => claims }), {})
  return { sessions, binding }
}

/** Processes on one storage, as far as this package can tell. */
class World {
  readonly clock = fakeClock()
  /** Reasons of the ends that listeners were told. */
  readonly told: string[] = []
  readonly order: EveryOrder
  readonly #tokens = refreshTokens({ key: new TextEncoder().encode(SECRET), grace: GRACE, clock: this.clock.now })
  readonly #nodes: Node[] = []
  #users = 0

  private constructor(answers: boolean) {
    this.order = new EveryOrder(answers)
  }

  static async make(open: RefreshRaces['open'], answers: boolean, processes: number): Promise<World> {
    const world = new World(answers)
    const storage = world.order.gated(await open(world.clock.now))
    for (let n = 0; n < processes; n++) {
      const node = await openNode(storage, world.clock.now)
      node.sessions.on('sessionEnded', ({ ending }) => world.told.push(ending.reason))
      world.#nodes.push(node)
    }
    return world
  }

  async close(): Promise<void> {
    for (const { sessions } of this.#nodes) await sessions.close()
  }

  /** This one of them; of one process always the one. */
  node(index: number): Node {
    const node = this.#nodes[index % this.#nodes.length]
    if (!node) throw new Error('no node')
    return node
  }

  async signIn(user = `user-${++this.#users}`) {
    const { binding } = this.node(0)
    const asked: Asked = {}
    const issue = () => this.#tokens.issue(binding.of(asked), user)
    const { session, tokens } = await binding.open(asked, SOURCE, issue)
    const read = await this.#tokens.read(tokens.accessToken)
    const claims = { key: read?.key ?? '', user }
    const visit = async (act: (mine: ReturnType<Node['binding']['of']>) => Promise<unknown>) => {
      const visitor: Asked = { claims }
      await binding.open(visitor, SOURCE, async () => {
        await binding.admit(visitor)
        await act(binding.of(visitor))
      })
    }
    return { user, id: session.id, token: tokens.refreshToken, visit }
  }

  rotate(node: number, token: string | undefined) {
    let rotated: Rotated | undefined
    const outcome = () => (rotated?.outcome === 'refused' ? rotated.reason : rotated?.outcome)
    return {
      run: async () => {
        const { binding } = this.node(node)
        const asked: Asked = {}
        rotated = await binding.open(asked, SOURCE, () => this.#tokens.rotate(binding.of(asked), token))
      },
      outcome,
      /** The new one; without one the old. */
      token: () => (rotated && rotated.outcome !== 'refused' ? rotated.tokens.refreshToken : token),
    }
  }

  /** What comes of a refresh. */
  async ask(token: string | undefined): Promise<string | undefined> {
    const refresh = this.rotate(1, token)
    await refresh.run()
    return refresh.outcome()
  }

  async live(user: string): Promise<string[]> {
    return (await this.node(1).sessions.user(user).list()).map(({ id }) => id)
  }
}
