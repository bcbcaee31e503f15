import { type BenchOptions, type Figure, quantile } from './figure.js'
import { type BenchStorage, DAY, NOW } from './storages/bench-storage.js'
import { benchStorages } from './storages.js'
import { figuresOf, short, timed } from './timing.js'

const BENCH = 'purge'
const CHUNK = 1000
const PARTS = 10
const one = figuresOf(BENCH)

/** Half of the records are past their retention and deleted in chunks, as the app does; the others stay. */
export async function* bench({ size, isSmoke }: BenchOptions): AsyncGenerator<Figure> {
  const sizes = size === undefined ? [100_000, 1_000_000] : [size]
  for (const rows of isSmoke ? [4000] : sizes) {
    for await (const storage of benchStorages(BENCH)) {
      if (rows > storage.maxRows) {
        console.error(`SKIPPED: ${BENCH} of ${short(rows)} on ${storage.name}: it is filled one by one.`)
        continue
      }
      await storage.bare.fill({ rows, halfStale: true })
      await storage.bare.settle()
      yield* idle(storage, `${storage.name} ${short(rows)}, nothing stale`, NOW - 100 * DAY)
      yield* purgeAll(storage, rows)
      yield* idle(storage, `${storage.name} ${short(rows)}, after it`, NOW)
    }
  }
}

/** Nothing is due. */
async function* idle({ storage }: BenchStorage, label: string, before: number): AsyncGenerator<Figure> {
  const times: number[] = []
  for (let call = 0; call < 30; call++) {
    const { ms, result } = await timed(() => storage.purge(before, CHUNK))
    if (result > 0) throw new Error(`${label}: ${result} records were deleted.`)
    times.push(ms)
  }
  yield one(`usersessions ${label}`, 'idle_ms', 'ms', times)
}

async function* purgeAll({ name, storage, bare }: BenchStorage, rows: number): AsyncGenerator<Figure> {
  const [times, memory]: [number[], number[]] = [[], []]
  let purged = 0
  for (let chunk = CHUNK; chunk === CHUNK; ) {
    const { ms, result } = await timed(() => storage.purge(NOW, CHUNK))
    chunk = result
    purged += chunk
    if (chunk === CHUNK) times.push(ms)
    memory.push(process.memoryUsage.rss() / 2 ** 20)
  }
  await checkLeft({ storage, bare }, purged, rows)
  const sorted = times.toSorted((a, b) => a - b)
  const label = `usersessions ${name} ${short(rows)}`
  yield one(label, 'rows_per_s', 'rows/s', ratesOf(times))
  yield { ...one(label, 'chunk_p99_ms', 'ms', times), value: Number(quantile(sorted, 0.99).toPrecision(4)) }
  yield one(label, 'rss_mb', 'MiB', memory)
}

async function checkLeft({ storage, bare }: Pick<BenchStorage, 'storage' | 'bare'>, purged: number, rows: number) {
  const due = Math.ceil(rows / 2)
  const [left, stillDue] = [await bare.count(), await storage.countPurgeable(NOW)]
  if (purged !== due || stillDue !== 0 || (left !== undefined && left !== rows - due)) {
    throw new Error(`${purged} of ${due} were deleted; ${stillDue} are still due, ${left} are left.`)
  }
}

/** Of each tenth of the way: whether it slows down shows in the spread. */
function ratesOf(times: readonly number[]): number[] {
  const part = Math.max(1, Math.floor(times.length / PARTS))
  const rates: number[] = []
  for (let from = 0; from + part <= times.length; from += part) {
    const ms = times.slice(from, from + part).reduce((sum, each) => sum + each, 0)
    rates.push((part * CHUNK) / (ms / 1000))
  }
  return rates
}
