import session from 'express-session'
import type { BenchOptions, Figure } from './figure.js'
import type { BenchStorage } from './storages/bench-storage.js'
import { benchStorages } from './storages.js'
import { makePerson, openSystem, recordOf, signIn } from './system.js'
import { figuresOf, paired, timed } from './timing.js'

const BENCH = 'login'
const SIZES = [0, 10, 100, 1000]
const one = figuresOf(BENCH)

/**
 * A sign-in of a user who has so many sessions already: the guarded store's save, the app's own store being memory. With a cap
 * of just as many, each sign-in ends the oldest. The bare driver inserts one row.
 */
export async function* bench({ isSmoke }: BenchOptions): AsyncGenerator<Figure> {
  const rounds = isSmoke ? 1 : 15
  for await (const storage of benchStorages(BENCH)) {
    for (const count of isSmoke ? [0, 10] : SIZES) {
      yield* measure(storage, count, rounds, undefined)
      yield* measure(storage, count, rounds, Math.max(count, 1))
    }
  }
}

async function* measure(storage: BenchStorage, count: number, rounds: number, cap: number | undefined) {
  const { name, statements, bare } = storage
  const store = new session.MemoryStore()
  const options = cap === undefined ? {} : { maxSessionsPerUser: cap }
  await using system = await openSystem(storage.storage, store, options)
  const counts: number[] = []
  const ours = async () => {
    const { userId } = await makePerson(storage, count)
    const ms = await system.inRequest(`the next key of ${userId}`, undefined, async (request) => {
      const before = statements.count
      const { ms } = await timed(() => signIn(system.guarded, request, userId))
      counts.push(statements.count - before)
      return ms
    })
    const [live, right] = [await bare.live(userId), Math.min(count + 1, cap ?? count + 1)]
    if (live !== right) throw new Error(`${name}: ${live} sessions are live after a sign-in, and not ${right}.`)
    return ms
  }
  const driver = async () => {
    const { userId } = await makePerson(storage, count)
    return (await timed(() => bare.insertOne(recordOf(userId, `the next key of ${userId}`, Date.now())))).ms
  }
  const all = await paired(rounds, ours, driver)
  const label = `${name} ${count}${cap === undefined ? '' : ', with a cap'}`
  yield one(
    `usersessions ${label}`,
    'ms',
    'ms',
    all.map(({ ours }) => ours),
  )
  yield one(`usersessions ${label}`, 'statements', '1', counts)
  if (cap === undefined)
    yield one(
      `driver ${label}, one INSERT`,
      'ms',
      'ms',
      all.map(({ theirs }) => theirs),
    )
}
