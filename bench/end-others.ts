import { peers } from './better-auth.js'
import type { BenchOptions, Figure } from './figure.js'
import type { AppStore, BenchStorage } from './storages/bench-storage.js'
import { benchStorages, openAppStore } from './storages.js'
import { makePerson, openSystem } from './system.js'
import { figuresOf, paired, timed } from './timing.js'

const BENCH = 'end-others'
const SIZES = [10, 100, 1000]
const one = figuresOf(BENCH)

/** What one end of all others took, and left. */
interface Ended {
  readonly ms: number
  readonly statements: number
  readonly storeStatements: number
  readonly alive: number
  readonly inStore: number
}

/**
 * A user ends all sessions but the one that asks, from its request, committed and gone from the app's store; by turns with the
 * bare driver on another user's, one UPDATE and one DELETE. What is left is looked up past the storage.
 */
export async function* bench({ isSmoke }: BenchOptions): AsyncGenerator<Figure> {
  const rounds = isSmoke ? 1 : 9
  const sizes = isSmoke ? [10] : SIZES
  for await (const storage of benchStorages(BENCH)) {
    const opened = await openAppStore(BENCH, storage)
    if (!opened) continue
    await using app = opened
    await using system = await openSystem(storage.storage, app.store)
    for (const count of sizes) {
      const ours = () => endOurs(storage, app, system, count)
      const all = await paired(rounds, ours, () => endBare(storage, app, count))
      yield* figures(`${storage.name} ${count}`, all)
    }
  }
  yield* ofPeers(sizes, isSmoke ? 1 : 5)
}

type System = Awaited<ReturnType<typeof openSystem>>

async function endOurs(storage: BenchStorage, app: AppStore, system: System, count: number): Promise<Ended> {
  const { userId, keys } = await makePerson(storage, count, app)
  const { statements, bare } = storage
  return system.inRequest(keys[0] ?? '', userId, async (request) => {
    const before = { ours: statements.count, stores: app.statements.count }
    const { ms, result } = await timed(() => system.binding.of(request).endOthers())
    const counted = {
      statements: statements.count - before.ours,
      storeStatements: app.statements.count - before.stores,
    }
    if (result.length !== count - 1) throw new Error(`${storage.name}: ${result.length} of ${count - 1} were ended.`)
    return { ms, ...counted, alive: (await bare.live(userId)) - 1, inStore: (await app.existing(keys)) - 1 }
  })
}

async function endBare({ bare, ...storage }: BenchStorage, app: AppStore, count: number): Promise<number> {
  const { userId, keys, records } = await makePerson({ bare, ...storage }, count, app)
  const { ms } = await timed(async () => {
    await bare.endOthers(userId, records[0]?.id ?? '')
    await app.destroy(keys.slice(1))
  })
  return ms
}

function* figures(label: string, all: readonly { readonly ours: Ended; readonly theirs: number }[]): Iterable<Figure> {
  const ours = (name: keyof Ended) => all.map(({ ours }) => ours[name])
  yield one(`usersessions ${label}`, 'ms', 'ms', ours('ms'))
  yield one(`usersessions ${label}`, 'statements', '1', ours('statements'))
  yield one(`usersessions ${label}`, 'store_statements', '1', ours('storeStatements'))
  yield one(`usersessions ${label}`, 'left_alive', '1', ours('alive'))
  yield one(`usersessions ${label}`, 'left_in_store', '1', ours('inStore'))
  yield one(
    `driver ${label}`,
    'ms',
    'ms',
    all.map(({ theirs }) => theirs),
  )
  yield one(
    `usersessions ${label}`,
    'ratio_to_driver',
    'of driver',
    all.map(({ ours, theirs }) => ours.ms / theirs),
  )
}

async function* ofPeers(sizes: readonly number[], rounds: number): AsyncGenerator<Figure> {
  for await (const peer of peers()) {
    for (const count of sizes) {
      const [times, counts, left]: [number[], number[], number[]] = [[], [], []]
      for (let round = 0; round < rounds; round++) {
        const person = await peer.makePerson(count)
        const before = peer.statements.count
        times.push((await timed(() => peer.revokeOthers(person))).ms)
        counts.push(peer.statements.count - before)
        left.push((await peer.live(person)) - 1)
      }
      yield one(`peer ${peer.name} ${count}`, 'ms', 'ms', times)
      yield one(`peer ${peer.name} ${count}`, 'statements', '1', counts)
      yield one(`peer ${peer.name} ${count}`, 'left_alive', '1', left)
    }
  }
}
