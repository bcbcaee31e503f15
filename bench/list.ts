import { peers } from './better-auth.js'
import type { BenchOptions, Figure } from './figure.js'
import type { AppStore, BenchStorage } from './storages/bench-storage.js'
import { benchStorages, openAppStore } from './storages.js'
import { makePerson, openSystem, type Person } from './system.js'
import { figuresOf, paired, timed } from './timing.js'

const BENCH = 'list'
const SIZES = [10, 100, 1000]
const one = figuresOf(BENCH)

/**
 * One user's sessions, in a table that holds many others', listed with the app's store asked which it has; by turns with the
 * bare driver, which selects the same rows and asks the store's table the same.
 */
export async function* bench({ size = 100_000, isSmoke }: BenchOptions): AsyncGenerator<Figure> {
  const rounds = isSmoke ? 1 : 25
  for await (const storage of benchStorages(BENCH)) {
    const opened = await openAppStore(BENCH, storage)
    if (!opened) continue
    await using app = opened
    await storage.bare.fill({ rows: Math.min(isSmoke ? 1000 : size, storage.maxRows) })
    await using system = await openSystem(storage.storage, app.store)
    for (const count of isSmoke ? [10] : SIZES) {
      const person = await makePerson(storage, count, app)
      await storage.bare.settle()
      yield* measure(
        storage,
        app,
        person,
        rounds,
        async () => (await system.sessions.user(person.userId).list()).length,
      )
    }
  }
  yield* ofPeers(isSmoke ? [10] : SIZES, rounds)
}

async function* measure(
  { name, statements, bare }: BenchStorage,
  app: AppStore,
  { userId, keys }: Person,
  rounds: number,
  list: () => Promise<number>,
): AsyncGenerator<Figure> {
  const counts: number[] = []
  const ours = async () => {
    const before = statements.count + app.statements.count
    const { ms, result } = await timed(list)
    counts.push(statements.count + app.statements.count - before)
    if (result !== keys.length) throw new Error(`${name}: ${result} of ${keys.length} sessions were listed.`)
    return ms
  }
  const driver = async () => {
    const { ms, result } = await timed(async () => [await bare.list(userId), await app.existing(keys)])
    if (result.some((found) => found !== keys.length)) throw new Error(`${name}: the driver found ${result}.`)
    return ms
  }
  const all = await paired(rounds, ours, driver)
  const label = `${name} ${keys.length}`
  const times = all.map(({ ours, theirs }) => ({ ours, theirs }))
  yield one(
    `usersessions ${label}`,
    'ms',
    'ms',
    times.map(({ ours }) => ours),
  )
  yield one(`usersessions ${label}`, 'statements', '1', counts)
  yield one(
    `driver ${label}`,
    'ms',
    'ms',
    times.map(({ theirs }) => theirs),
  )
  yield one(
    `usersessions ${label}`,
    'ratio_to_driver',
    'of driver',
    times.map(({ ours, theirs }) => ours / theirs),
  )
}

async function* ofPeers(sizes: readonly number[], rounds: number): AsyncGenerator<Figure> {
  for await (const peer of peers()) {
    for (const count of sizes) {
      const person = await peer.makePerson(count)
      const label = `peer ${peer.name} ${count}`
      const [times, counts, listed]: [number[], number[], number[]] = [[], [], []]
      for (let round = 0; round <= rounds; round++) {
        const before = peer.statements.count
        const { ms, result } = await timed(() => peer.list(person))
        if (round === 0) continue
        times.push(ms)
        counts.push(peer.statements.count - before)
        listed.push(result)
      }
      yield one(label, 'ms', 'ms', times)
      yield one(label, 'statements', '1', counts)
      yield one(label, 'listed', '1', listed)
    }
  }
}
