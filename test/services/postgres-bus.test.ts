import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { type PostgresBusOptions, postgresBus } from '../../src/events/postgres-bus.js'
import { type BusWorld, busContract } from '../contract/bus-contract.js'
import { Ear, whileOpen } from '../contract/bus-ear.js'
import { keptLog } from '../spec/kept-log.js'
import { hasPostgres, POSTGRES_URL } from './postgres-server.js'
import { TcpProxy } from './tcp-proxy.js'

if (await hasPostgres()) {
  /** Buses that reach the server through a proxy, each on what `connect` makes of the URL. */
  const worldOn = (connect: (url: string, pools: pg.Pool[]) => PostgresBusOptions['connect']) => async () => {
    const name = `usersessions_test_${randomBytes(6).toString('hex')}`
    const direct = new URL(POSTGRES_URL)
    const proxy = await TcpProxy.to(direct.hostname, Number(direct.port || 5432))
    const url = new URL(POSTGRES_URL)
    url.port = String(proxy.port)
    url.searchParams.set('application_name', name)
    const admin = new pg.Pool({ connectionString: POSTGRES_URL, max: 1 })
    const pools: pg.Pool[] = []
    const world: BusWorld = {
      open: async (options) => postgresBus({ channel: name, ...options, connect: connect(url.href, pools) }),
      async kill() {
        await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name])
      },
      refuse: () => proxy.refuse(),
      accept: () => proxy.accept(),
      swallow: () => proxy.swallow(),
      async close() {
        await proxy.refuse()
        await Promise.all([admin, ...pools].map((pool) => pool.end()))
      },
    }
    return world
  }

  const poolOn = (connectionString: string, pools: pg.Pool[]) => {
    const pool = new pg.Pool({ connectionString, max: 2 })
    pool.on('error', () => {})
    pools.push(pool)
    return pool
  }

  describe('on PostgreSQL, with a pool', () => {
    busContract(worldOn(poolOn))

    test('none of the pool’s own connections is used', () => {
      const used: pg.Pool[] = []
      return whileOpen(
        worldOn((url) => poolOn(url, used)),
        async (world) => {
          const [one, two] = [await Ear.on(world), await Ear.on(world)]
          await one.reaches(two)
          expect(used.map(({ totalCount }) => totalCount)).toEqual([0, 0])
          await Promise.all(used.map((pool) => pool.end()))
        },
      )
    })
  })
  describe('on PostgreSQL, with a URL', () => busContract(worldOn((url) => url)))
  describe('on PostgreSQL, with what looks like a pool', () => {
    const connect = (url: string, pools: pg.Pool[]) => {
      const pool = poolOn(url, pools)
      return { connect: () => pool.connect(), query: (text: pg.QueryConfig) => pool.query(text) }
    }
    busContract(worldOn(connect))

    test('a connection that no longer listens, as behind a pooler, is noticed and replaced', () => {
      const lent: pg.PoolClient[] = []
      const lending = (url: string, pools: pg.Pool[]) => {
        const pool = poolOn(url, pools)
        pool.on('acquire', (client) => lent.push(client))
        return { connect: () => pool.connect(), query: (text: pg.QueryConfig) => pool.query(text) }
      }
      return whileOpen(worldOn(lending), async (world) => {
        const log = keptLog()
        const one = await Ear.on(world, { pingInterval: 100, logger: log })
        await lent[0]?.query('unlisten *')
        await expect.poll(() => one.ups, { timeout: 5000 }).toBe(2)
        expect(log.lines[0]).toContain('pooler')
      })
    })
  })
}
