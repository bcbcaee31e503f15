import fc from 'fast-check'
import { createUserSessions, type Storage, type UserSessionsOptions } from '../../src/index.js'
import { openStorage } from '../../src/storage/open-storage.js'
import { SECRET } from './app.js'
import { type FakeClock, fakeClock } from './fake-clock.js'
import { type Gate, GatedStore, gatedStorage, OPEN } from './race-gates.js'
import { RaceNode } from './race-node.js'

/** The storages that every race is run on, and in how many random schedules. A statement of SQLite's costs more. */
export const STORAGES = [
  { url: 'memory:', runs: runsOr(1000) },
  { url: 'sqlite::memory:', runs: runsOr(300) },
] as const

/** More, to hunt; fewer, to look. */
function runsOr(usual: number): number {
  return Number(process.env.RACE_RUNS || usual)
}

let scenes = 0
const worlds = new Map<string, Promise<World>>()

/**
 * Nodes that share a storage and the app's session store. Every step into and out of the two goes through a gate, which
 * stands open but during {@link race}. Nodes are made once for all tests of a file: on Node 20 each one slows down every
 * promise of its process a little, for the sake of its asynchronous context.
 */
export class World {
  readonly clock: FakeClock
  /** The app's store, shared by all nodes: session data as text, by key. */
  readonly kept = new Map<string, string>()
  /** Told after each call that reached the storage, before its answer is on the way. */
  watch = async () => {}
  readonly #nodes = new Map<string, RaceNode>()
  #gate = OPEN

  private constructor(
    readonly storage: Storage,
    clock: FakeClock,
  ) {
    this.clock = clock
  }

  /** The one on this storage. */
  static of(url: string): Promise<World> {
    const known = worlds.get(url)
    if (known) return known
    const clock = fakeClock()
    const opened = openStorage(url, { clock: clock.now }).then((storage) => new World(storage, clock))
    worlds.set(url, opened)
    return opened
  }

  /** An app in a process of its own, as far as this package can tell; started when it is first asked for. */
  async node(name: string, options: Partial<UserSessionsOptions> = {}): Promise<RaceNode> {
    const known = this.#nodes.get(name)
    if (known) return known
    const gate: Gate = (step) => this.#gate(`${name} ${step}`)
    const sessions = await createUserSessions({
      storage: gatedStorage(this.storage, gate, () => this.watch()),
      secret: SECRET,
      clock: this.clock.now,
      trackActivity: true,
      flushInterval: 2 ** 31 - 1,
      purgeInterval: 0,
      maxStaleness: 2 ** 52,
      cacheSize: 1000,
      logger: { warn: () => {}, error: () => {} },
      ...options,
    })
    const node = new RaceNode(sessions, new GatedStore(this.kept, gate), gate)
    this.#nodes.set(name, node)
    return node
  }

  /** A user nobody has met, an hour later, with nothing in the app's store. */
  nextUser(): string {
    this.clock.advance(3_600_000)
    this.kept.clear()
    this.watch = async () => {}
    return `user-${++scenes}`
  }

  /** Lets these run side by side, each step when the gate says, and what they leave in the background, too. */
  async race(gate: Gate, ...runners: (() => Promise<unknown>)[]): Promise<void> {
    this.#gate = gate
    try {
      await Promise.all(
        runners.map(async (run, index) => {
          await gate(`begin ${index + 1}`)
          await run()
        }),
      )
      await this.settle()
    } finally {
      this.#gate = OPEN
    }
  }

  /** The same in an order that the scheduler picks, one step at a time. */
  async shuffle(scheduler: fc.Scheduler, ...runners: (() => Promise<unknown>)[]): Promise<void> {
    const gate: Gate = (step) => scheduler.schedule(Promise.resolve(), step)
    // What follows from a step comes to its next gate before another step is picked.
    let isOver = false
    const race = this.race(gate, ...runners).finally(() => {
      isOver = true
    })
    const failed = race.catch(() => {})
    // The steps left over are polls that nobody waits for.
    while (!isOver || scheduler.count() > 0) {
      if (scheduler.count() > 0) await scheduler.waitOne()
      await new Promise(setImmediate)
    }
    await failed
    await race
  }

  /** Waits for what no request waits for, and writes activity. */
  async settle(): Promise<void> {
    for (const { sessions } of this.#nodes.values()) await sessions.flush()
  }

  /** The users in what the app's store holds, asked at the store itself. */
  storedUsers(): unknown[] {
    return [...this.kept.values()].flatMap((text) => JSON.parse(text).userId ?? [])
  }
}

/** Random schedules; what is printed when one fails names every step in its order. */
export async function everySchedule(check: (scheduler: fc.Scheduler) => Promise<void>, runs: number): Promise<void> {
  const seed = Number(process.env.RACE_SEED || 20260115)
  await fc.assert(fc.asyncProperty(fc.scheduler(), check), { numRuns: runs, seed, endOnFailure: true })
}
