import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openStorage, type Storage } from '../src/index.js'
import { Child } from './child.js'
import { type BenchOptions, type Figure, figure } from './figure.js'
import { type BenchSchema, makeSchema, poolIn } from './postgres.js'

const BENCH = 'activity'
const BATCH = 1000
const DAY = 86_400_000
const START = 1_800_000_000_000
/** On a whole day: it is its own day of purging. */
const EXPIRES = Math.ceil((START + 30 * DAY) / DAY) * DAY
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** Each of many active sessions is written once, in batches as the tracker makes them, over one connection. */
export async function* bench({ size, isSmoke }: BenchOptions): AsyncGenerator<Figure> {
  const rows = size ?? (isSmoke ? 4000 : 1_000_000)
  yield* onPostgres(rows)
  yield* onSqlite(isSmoke ? 2000 : Math.min(rows, 200_000))
  yield* memory(isSmoke ? 2000 : Math.min(rows, 1_000_000))
}

async function* onPostgres(rows: number): AsyncGenerator<Figure> {
  await using schema = await makeSchema()
  const pool = poolIn(schema.url, 1)
  const storage = await openStorage(pool, { migrate: true })
  await fill(schema, rows)
  const name = `postgres ${short(rows)}`
  yield rate(`usersessions ${name}`, await touchAll(storage, rows, START + 60_000))
  yield rate(`driver ${name}, one UPDATE`, await updateAll(schema, rows, START + 120_000))
  const { rows: stats } = await pool.query(
    `select sum(n_tup_hot_upd)::float8 / nullif(sum(n_tup_upd), 0) as share from pg_stat_user_tables
     where schemaname = $1 and relname = 'user_sessions'`,
    [schema.name],
  )
  yield figure({ bench: BENCH, case: `usersessions ${name}`, metric: 'hot_share', unit: '1' }, [
    Number(stats[0]?.share),
  ])
  await pool.end()
}

async function fill({ url }: BenchSchema, rows: number): Promise<void> {
  const pool = poolIn(url, 1)
  await pool.query(
    `insert into user_sessions (user_id, id, key_hash, sealed_key, ip, user_agent, created_at, last_seen_at,
       authenticated_at, expires_at, purge_after)
     select 'user ' || i, ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, sha256(i::text::bytea),
       sha256(i::text::bytea) || sha256((i + 1)::text::bytea), '203.0.113.7', $1, $2, $2, $2, $3, $3
     from generate_series(0, $4::int - 1) as i`,
    [USER_AGENT, START, EXPIRES, rows],
  )
  await pool.query('vacuum analyze user_sessions')
  // Statistics of the server are a moment late.
  await pool.query('select pg_stat_reset()')
  await pool.end()
}

function idOf(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
}

/** Which sessions each batch has: those that were due together, and so from all over the table. */
function* batches(rows: number): Iterable<number[]> {
  const stride = Math.max(1, Math.floor(rows / BATCH))
  for (let first = 0; first < stride; first++) {
    const batch: number[] = []
    for (let index = first; index < rows; index += stride) batch.push(index)
    yield batch
  }
}

async function touchAll(storage: Storage, rows: number, at: number): Promise<number[]> {
  const rates: number[] = []
  for (const batch of batches(rows)) {
    const touches = batch.map((index) => ({
      userId: `user ${index}`,
      id: idOf(index),
      lastSeenAt: at,
      expiresAt: EXPIRES,
    }))
    const began = process.hrtime.bigint()
    const untouched = await storage.touch(touches)
    rates.push(batch.length / (Number(process.hrtime.bigint() - began) / 1e9))
    if (untouched.length > 0) throw new Error(`${untouched.length} sessions were not touched.`)
  }
  return rates
}

/** The best that the driver can do by itself with the same table: one statement, committed by itself. */
async function updateAll({ url }: BenchSchema, rows: number, at: number): Promise<number[]> {
  const pool = poolIn(url, 1)
  const rates: number[] = []
  for (const batch of batches(rows)) {
    const values = [batch.map((index) => `user ${index}`), batch.map(idOf), batch.map(() => at)]
    const began = process.hrtime.bigint()
    await pool.query(
      `update user_sessions as s set last_seen_at = t.seen from unnest($1::text[], $2::uuid[], $3::bigint[]) as t (user_id, id, seen)
       where s.user_id = t.user_id and s.id = t.id and s.ended_at is null`,
      values,
    )
    rates.push(batch.length / (Number(process.hrtime.bigint() - began) / 1e9))
  }
  await pool.end()
  return rates
}

async function* onSqlite(rows: number): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'usersessions-bench-'))
  try {
    const storage = await openStorage(`sqlite:${join(folder, 'sessions.db')}`, { migrate: true })
    for (let index = 0; index < rows; index++) {
      if (index % 1000 === 0) await new Promise(setImmediate)
      await storage.record({
        id: idOf(index),
        userId: `user ${index}`,
        keyHash: Buffer.alloc(32, String(index).padStart(32, '0')),
        sealedKey: null,
        ip: '203.0.113.7',
        userAgent: USER_AGENT,
        hints: null,
        name: null,
        data: null,
        createdAt: START,
        lastSeenAt: START,
        authenticatedAt: START,
        expiresAt: EXPIRES,
      })
    }
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const rates = await touchAll(storage, rows, START + 60_000)
    delay.disable()
    yield rate(`usersessions sqlite ${short(rows)}`, rates)
    const names = {
      bench: BENCH,
      case: `usersessions sqlite ${short(rows)}`,
      metric: 'event_loop_block_ms',
      unit: 'ms',
    }
    yield { ...figure(names, [delay.percentile(99) / 1e6]), max: Number((delay.max / 1e6).toPrecision(4)) }
    await storage.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
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
    const bytes = (metric: string, value: number) =>
      figure({ bench: BENCH, case: name, metric, unit: 'bytes' }, [value])
    yield bytes('bytes_per_session', held)
    yield bytes('bytes_per_unwritten', unwritten)
    if (perUser === 1) yield bytes('bytes_per_unknown_key', unknown)
  }
}

function rate(name: string, samples: readonly number[]): Figure {
  return figure({ bench: BENCH, case: name, metric: 'rows_per_s', unit: 'rows/s' }, samples)
}

function short(count: number): string {
  return count >= 1e6 ? `${count / 1e6}M` : `${count / 1e3}k`
}
