import { Agent, request } from 'node:http'
import { openStorage } from '../src/index.js'
import { TcpProxy } from '../test/services/tcp-proxy.js'
import { Child } from './child.js'
import { type BenchOptions, type Figure, figure, quantile } from './figure.js'
import { makeSchema, poolIn } from './postgres.js'
import type { AppArguments } from './request-path-app.js'
import { userOf } from './vouching-store.js'

const REDIS = process.env.USERSESSIONS_TEST_REDIS ?? 'redis://127.0.0.1:6379'
/** Without a bus, or with one that says nothing. */
const MAX_STALENESS = 200

/** Two processes over real HTTP: from the answer to an end on one to the first refusal on the other, asked without a pause. */
export async function* bench({ size, isSmoke }: BenchOptions): AsyncGenerator<Figure> {
  const ends = size ?? (isSmoke ? 5 : 300)
  yield* measure('usersessions redis', ends, async () => ({ bus: REDIS, maxStaleness: 10_000 }))
  yield* measure('usersessions postgres', ends, async (url) => ({ bus: url, maxStaleness: 10_000 }))
  yield* measure('usersessions no bus', ends, async () => ({ maxStaleness: MAX_STALENESS }))
  const { hostname, port } = new URL(REDIS)
  const proxy = await TcpProxy.to(hostname, Number(port || 6379))
  const blocked = { bus: `redis://127.0.0.1:${proxy.port}`, maxStaleness: MAX_STALENESS }
  yield* measure(
    'usersessions bus blocked',
    ends,
    async () => blocked,
    () => proxy.swallow(),
  )
  await proxy.refuse()
}

async function* measure(
  name: string,
  ends: number,
  several: (url: string) => Promise<Pick<AppArguments, 'bus' | 'maxStaleness'>>,
  before = () => {},
): AsyncGenerator<Figure> {
  await using schema = await makeSchema()
  const pool = poolIn(schema.url, 1)
  await openStorage(pool, { migrate: true })
  await pool.end()
  const given = {
    framework: 'express',
    variant: 'usersessions',
    url: schema.url,
    ...(await several(schema.url)),
  } as const
  using one = new Child('request-path-app', [JSON.stringify(given)])
  using two = new Child('request-path-app', [JSON.stringify(given)])
  const ports = [await one.ask<number>({}), await two.ask<number>({})] as const
  const cookies = await one.ask<string[]>({ ask: 'cookies', count: ends, name })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const samples: number[] = []
  before()
  for (const cookie of cookies) {
    for (const port of ports) await ask(agent, port, 'GET', '/who', cookie)
    // Whoever comes at once may find the poll of a moment ago: ends come at any time.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
    const [, key = ''] = /s%3A([0-9a-f]{12})/.exec(cookie) ?? []
    await ask(agent, ports[0], 'POST', `/end?user=${encodeURIComponent(userOf(key))}`, '')
    const answered = process.hrtime.bigint()
    let began = answered
    do began = process.hrtime.bigint()
    while ((await ask(agent, ports[1], 'GET', '/who', cookie)) === 'ok')
    samples.push(Number(began - answered) / 1e6)
  }
  agent.destroy()
  yield* figures(name, samples)
}

function* figures(name: string, samples: readonly number[]): Iterable<Figure> {
  const sorted = [...samples].sort((a, b) => a - b)
  const of = (metric: string, value: number) => ({
    ...figure({ bench: 'propagation', case: name, metric, unit: 'ms' }, [Number(value.toFixed(3))]),
    n: samples.length,
  })
  yield of('p50_ms', quantile(sorted, 0.5))
  yield of('p99_ms', quantile(sorted, 0.99))
  yield of('max_ms', sorted.at(-1) ?? Number.NaN)
}

function ask(agent: Agent, port: number, method: string, path: string, cookie: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host: '127.0.0.1', port, method, path, headers: { cookie } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    asked.on('error', reject)
    asked.end()
  })
}
