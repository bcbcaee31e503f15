import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { hasPostgres, POSTGRES_URL } from './postgres-server.js'
import { hasRedis, REDIS_URL } from './redis-server.js'
import { TcpProxy } from './tcp-proxy.js'

/** Of what `npm run build` has made: a process of its own cannot read TypeScript. */
const OPEN_BUS = new URL('../../dist/events/open-bus.js', import.meta.url).href

const PROGRAM = `
  const { openBus } = await import(process.argv[1])
  const bus = await openBus(process.argv[2], { logger: { warn() {}, error() {} } })
  const listening = bus.listen(() => {}, () => {})
  if (process.argv[3] === 'waits') await listening
  bus.publish('news')
  await bus.close()
  console.log('closed')`

/** Milliseconds that the process went on after the bus was closed. */
async function lingering(url: string, how: string): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, OPEN_BUS, url, how], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
  let closedAt = Number.NaN
  child.stdout.on('data', () => {
    closedAt = performance.now()
  })
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  return performance.now() - closedAt
}

const servers = [...((await hasPostgres()) ? [POSTGRES_URL] : []), ...((await hasRedis()) ? [REDIS_URL] : [])]
const cases = servers.flatMap((server) =>
  ['is there', 'refuses', 'is silent'].flatMap((state) =>
    ['waits', 'does not wait'].map((how) => ({ name: new URL(server).protocol, server, state, how })),
  ),
)

test.each(cases)('a process whose $name server $state, and which $how for it, ends when its bus is closed', async ({
  server,
  state,
  how,
}) => {
  const url = new URL(server)
  const proxy = await TcpProxy.to(url.hostname, Number(url.port || (url.protocol === 'redis:' ? 6379 : 5432)))
  url.port = String(proxy.port)
  if (state === 'refuses') await proxy.refuse()
  if (state === 'is silent') proxy.swallow()
  expect(await lingering(url.href, how)).toBeLessThan(1000)
  await proxy.refuse()
})
