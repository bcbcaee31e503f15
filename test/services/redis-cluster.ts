import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { expect, vi } from 'vitest'
import { missingService } from './missing-service.js'

/** Whether nodes can be started here. Where not, the file says so. */
export function canStartRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true
  return missingService('REDIS IS NOT TESTED: there is no redis-server to start. Run: apt-get install redis-server')
}

/** Three masters, each with a third of the slots, in a folder of their own. */
export class RedisCluster implements AsyncDisposable {
  private constructor(
    readonly ports: readonly number[],
    private readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<RedisCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'usersessions-cluster-'))
    const ports = await freePorts(6)
    const nodes = ports.slice(0, 3).map((port, index) => {
      const settings = { port, 'cluster-port': ports[index + 3], bind: '127.0.0.1', dir: folder, save: '' }
      const more = { 'cluster-enabled': 'yes', 'cluster-config-file': `${port}.conf` }
      const flags = Object.entries({ ...settings, ...more }).flatMap(([name, value]) => [`--${name}`, String(value)])
      return spawn('redis-server', flags, { stdio: 'ignore' })
    })
    const cluster = new RedisCluster(ports.slice(0, 3), async () => {
      const ended = nodes.filter(({ exitCode }) => exitCode === null).map((node) => once(node, 'exit'))
      for (const node of nodes) node.kill()
      await Promise.all(ended)
      await rm(folder, { recursive: true })
    })
    try {
      await cluster.#join(ports)
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  /** Sends a command to a node. */
  async tell(port: number, command: readonly string[]): Promise<string> {
    const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 50 } })
    client.on('error', () => {})
    await client.connect()
    const answer = await client.sendCommand([...command])
    client.destroy()
    return String(answer)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #join(ports: readonly number[]): Promise<void> {
    const [first = 0, second = 0, third = 0] = this.ports
    await this.tell(first, ['CLUSTER', 'ADDSLOTSRANGE', '0', '5460'])
    await this.tell(second, ['CLUSTER', 'ADDSLOTSRANGE', '5461', '10922'])
    await this.tell(third, ['CLUSTER', 'ADDSLOTSRANGE', '10923', '16383'])
    for (const index of [1, 2]) {
      await this.tell(first, ['CLUSTER', 'MEET', '127.0.0.1', String(ports[index]), String(ports[index + 3])])
    }
    for (const port of this.ports) {
      // Every node must know of all slots, or clients are sent astray.
      const whole = async () =>
        expect(await this.tell(port, ['CLUSTER', 'INFO'])).toMatch(/cluster_state:ok[\s\S]*cluster_known_nodes:3/)
      await vi.waitFor(whole, { timeout: 20_000, interval: 100 })
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
