import { openStorage } from '../src/index.js'
import { Child } from './child.js'
import { type BenchOptions, type Figure, figure } from './figure.js'
import { load } from './load.js'
import { makeSchema, poolIn } from './postgres.js'
import type { AppArguments, Variant } from './request-path-app.js'
import { userOf } from './vouching-store.js'

const BENCH = 'request-path'
const FRAMEWORKS = ['express', 'fastify'] as const
/** Steady sessions, so that it is not one hot key. */
const SESSIONS = 200

interface App {
  readonly name: string
  readonly child: Child
  readonly port: number
  readonly cookies: readonly string[]
}

/**
 * The same app, bare, bare once more (a/a), with usersessions, and with an awaited UPSERT as people write it by hand; by turns in
 * short rounds, each compared with the bare one of its round.
 */
export async function* bench({ isSmoke }: BenchOptions): AsyncGenerator<Figure> {
  const rounds = isSmoke ? 1 : 15
  const milliseconds = isSmoke ? 50 : 1000
  for (const framework of FRAMEWORKS) {
    await using schema = await makeTables()
    const apps: App[] = []
    const variants: readonly (readonly [string, Variant])[] = [
      [`bare ${framework}`, 'bare'],
      [`a/a ${framework}`, 'bare'],
      [`usersessions ${framework}`, 'usersessions'],
      [`peer ${framework} + awaited UPSERT`, 'upsert'],
    ]
    try {
      for (const [name, variant] of variants) apps.push(await start(name, { framework, variant, url: schema.url }))
      yield* compare(apps, rounds, milliseconds)
      const [, , ours, peer] = apps
      if (ours) yield* count(ours, isSmoke ? 50 : 1000)
      if (peer) yield* count(peer, isSmoke ? 50 : 1000)
      if (ours) await checkLastSeen(ours)
    } finally {
      for (const { child } of apps) child[Symbol.dispose]()
    }
    yield* cold(framework, isSmoke ? 100 : 5000)
    yield* fleet(framework, isSmoke ? 200 : 20_000)
  }
}

async function makeTables() {
  const schema = await makeSchema()
  const pool = poolIn(schema.url, 1)
  await openStorage(pool, { migrate: true })
  await pool.query('create table seen (key text primary key, ip text, user_agent text, seen_at timestamptz)')
  await pool.end()
  return schema
}

async function start(name: string, given: AppArguments, cookies?: readonly string[]): Promise<App> {
  const child = new Child('request-path-app', [JSON.stringify(given)])
  const port = await child.ask<number>({})
  return {
    name,
    child,
    port,
    cookies: cookies ?? (await child.ask<string[]>({ ask: 'cookies', count: SESSIONS, name })),
  }
}

async function* compare(apps: readonly App[], rounds: number, milliseconds: number): AsyncGenerator<Figure> {
  const rates = new Map<App, number[]>(apps.map((app) => [app, []]))
  const costs = new Map<App, number[]>(apps.map((app) => [app, []]))
  // The first round only warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const app of round % 2 === 0 ? apps : apps.toReversed()) {
      const before = await app.child.ask<number>({ ask: 'cpu' })
      const { requests, seconds } = await load(app.port, app.cookies, { milliseconds })
      const after = await app.child.ask<number>({ ask: 'cpu' })
      if (round === 0) continue
      rates.get(app)?.push(requests / seconds)
      costs.get(app)?.push((after - before) / requests)
    }
  }
  yield* withRatios(apps, rates, { metric: 'requests_per_s', unit: '1/s', ratio: 'ratio' })
  // What the process took of the processor: other programs on the machine hardly touch it.
  yield* withRatios(apps, costs, { metric: 'cpu_us_per_request', unit: 'µs', ratio: 'cpu_ratio' })
}

function* withRatios(
  apps: readonly App[],
  measured: ReadonlyMap<App, number[]>,
  { metric, unit, ratio }: { readonly metric: string; readonly unit: string; readonly ratio: string },
): Iterable<Figure> {
  const bare = measured.get(apps[0] ?? never()) ?? []
  for (const [app, samples] of measured) {
    yield figure({ bench: BENCH, case: app.name, metric, unit }, samples)
    if (app === apps[0]) continue
    const ratios = samples.map((each, round) => each / (bare[round] ?? Number.NaN))
    yield figure({ bench: BENCH, case: app.name, metric: ratio, unit: 'of bare' }, ratios)
  }
}

/** Statements per steady request, at the driver. */
async function* count(app: App, requests: number): AsyncGenerator<Figure> {
  const before = await app.child.ask<number>({ ask: 'statements' })
  const { requests: answered } = await load(app.port, app.cookies, { requests })
  const after = await app.child.ask<number>({ ask: 'statements' })
  yield one(app.name, 'statements_per_request', '1', (after - before) / answered)
}

/** After a flush the row equals the last visit. */
async function checkLastSeen({ child, port, cookies, name }: App): Promise<void> {
  const [cookie = ''] = cookies
  const before = Date.now()
  await load(port, [cookie], { requests: 1 }, 1)
  await child.ask({ ask: 'flush' })
  const [, key = ''] = /(?:s%3A|=)([0-9a-f]{12})/.exec(cookie) ?? []
  const seen = await child.ask<number | null>({ ask: 'seen', user: userOf(key) })
  if (seen === null || seen < before || seen > Date.now()) {
    throw new Error(`${name}: after a flush last seen is ${seen}, and the last visit was after ${before}.`)
  }
}

/** A process that has met no session yet, and sessions that are recorded: each comes once. */
async function* cold(framework: AppArguments['framework'], sessions: number): AsyncGenerator<Figure> {
  await using schema = await makeTables()
  const first = await start('first', { framework, variant: 'usersessions', url: schema.url }, [])
  const cookies = await first.child.ask<string[]>({ ask: 'cookies', count: sessions, name: 'cold' })
  await load(first.port, cookies, { requests: sessions })
  first.child[Symbol.dispose]()
  const bare = await start('bare', { framework, variant: 'bare', url: schema.url }, cookies)
  const ours = await start('ours', { framework, variant: 'usersessions', url: schema.url }, cookies)
  const base = await load(bare.port, cookies, { requests: sessions })
  const before = await ours.child.ask<number>({ ask: 'statements' })
  const met = await load(ours.port, cookies, { requests: sessions })
  const after = await ours.child.ask<number>({ ask: 'statements' })
  for (const { child } of [bare, ours]) child[Symbol.dispose]()
  const name = `usersessions ${framework}, cold`
  yield one(name, 'statements_per_request', '1', (after - before) / met.requests)
  yield one(name, 'ratio', 'of bare', met.requests / met.seconds / (base.requests / base.seconds))
}

/** Three processes that share their sessions, warm: what is written, each once per `touchInterval` on each process. */
async function* fleet(framework: AppArguments['framework'], requests: number): AsyncGenerator<Figure> {
  await using schema = await makeTables()
  const apps: App[] = []
  for (let node = 0; node < 3; node++) {
    apps.push(await start(`node ${node}`, { framework, variant: 'usersessions', url: schema.url }, []))
  }
  const cookies = (await apps[0]?.child.ask<string[]>({ ask: 'cookies', count: SESSIONS, name: 'fleet' })) ?? []
  const visit = (count: number) => Promise.all(apps.map(({ port }) => load(port, cookies, { requests: count })))
  const statements = async () => {
    const counts = await Promise.all(apps.map(({ child }) => child.ask<number>({ ask: 'statements' })))
    return counts.reduce((sum, each) => sum + each, 0)
  }
  await apps[0]?.child.ask({ ask: 'flush' })
  for (const { port } of apps) await load(port, cookies, { requests: SESSIONS }, 1)
  const before = await statements()
  const visits = await visit(requests / 3)
  await Promise.all(apps.map(({ child }) => child.ask({ ask: 'flush' })))
  const answered = visits.reduce((sum, each) => sum + each.requests, 0)
  yield one(
    `usersessions ${framework}, fleet of 3`,
    'statements_per_request',
    '1',
    ((await statements()) - before) / answered,
  )
  for (const { child } of apps) child[Symbol.dispose]()
}

function one(name: string, metric: string, unit: string, value: number): Figure {
  return figure({ bench: BENCH, case: name, metric, unit }, [value])
}

function never(): never {
  throw new Error('There is no bare app to compare with.')
}
