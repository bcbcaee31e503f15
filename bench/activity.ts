import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Storage } from '../src/index.js'
import { Child } from './child.js'
import type { BenchOptions, Figure } from './figure.js'
import { type BenchStorage, EXPIRES, idOf, NOW } from './storages/bench-storage.js'
import { benchStorages } from './storages.js'
import { figuresOf, short, timed } from './timing.js'

const BENCH = 'activity'
const BATCH = 1000
const one = figuresOf(BENCH)

/** Each of many active sessions is written once, in batches as the tracker makes them; then once more by the bare driver. */
export async function* bench({ size, isSmoke }: BenchOptions): AsyncGenerator<Figure> {
  const rows = size ?? (isSmoke ? 4000 : 1_000_000)
  for await (const storage of benchStorages(BENCH)) yield* onStorage(storage, rows)
  yield* memory(isSmoke ? 2000 : Math.min(rows, 1_000_000))
}

async function* onStorage(on: BenchStorage, most: number): AsyncGenerator<Figure> {
  // SQLite commits a batch in many small pieces, and what has no loop of its own on the server is filled one by one.
  const rows = Math.min(most, on.name === 'sqlite' ? 200_000 : on.maxRows)
  await on.bare.fill({ rows })
  await on.bare.settle()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const ours = await eachBatch(rows, (batch) => touch(on.storage, batch, NOW + 60_000))
  delay.disable()
  const name = `${on.name} ${short(rows)}`
  yield one(`usersessions ${name}`, 'rows_per_s', 'rows/s', ours)
  const share = await on.hotShare?.()
  if (share !== undefined) yield one(`usersessions ${name}`, 'hot_share', '1', [share])
  yield one(
    `driver ${name}, one write a batch`,
    'rows_per_s',
    'rows/s',
    await eachBatch(rows, (batch) => on.bare.touch(batch, NOW + 120_000)),
  )
  if (on.name !== 'sqlite') return
  const block = one(`usersessions ${name}`, 'event_loop_block_ms', 'ms', [delay.percentile(99) / 1e6])
  yield { ...block, max: Number((delay.max / 1e6).toPrecision(4)) }
}

/** Rows per second of each batch; a batch has those that were due together, and so from all over the table. */
async function eachBatch(rows: number, write: (batch: readonly number[]) => Promise<void>): Promise<number[]> {
  const rates: number[] = []
  const stride = Math.max(1, Math.floor(rows / BATCH))
  for (let first = 0; first < stride; first++) {
    const batch: number[] = []
    for (let index = first; index < rows; index += stride) batch.push(index)
    const { ms } = await timed(() => write(batch))
    rates.push(batch.length / (ms / 1000))
  }
  return rates
}

async function touch(storage: Storage, batch: readonly number[], at: number): Promise<void> {
  const touches = batch.map((index) => ({
    userId: `user ${index}`,
    id: idOf(index),
    lastSeenAt: at,
    expiresAt: EXPIRES,
  }))
  const untouched = await storage.touch(touches)
  if (untouched.length > 0) throw new Error(`${untouched.length} sessions were not touched.`)
}

/** What a process holds per session that it has met, and that has something to be written. */
async function* memory(sessions: number): AsyncGenerator<Figure> {
  for (const perUser of [1, 3]) {
    using child = new Child('activity-memory', [], ['--expose-gc', '--max-old-space-size=4096'])
    const { held, unwritten, unknown } = await child.ask<{ held: number; unwritten: number; unknown: number }>({
      sessions,
      perUser,
    })
    const name = `usersessions ${short(sessions)}, ${perUser} per user`
    const bytes = (metric: string, value: number) => one(name, metric, 'bytes', [value])
    yield bytes('bytes_per_session', held)
    yield bytes('bytes_per_unwritten', unwritten)
    if (perUser === 1) yield bytes('bytes_per_unknown_key', unknown)
  }
}
