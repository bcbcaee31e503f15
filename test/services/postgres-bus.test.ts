import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { describe } from 'vitest'
import { type PostgresBusOptions, postgresBus } from '../../src/events/postgres-bus.js'
import { type BusWorld, busContract } from '../contract/bus-contract.js'
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

  describe('on PostgreSQL, with a pool', () => busContract(worldOn(poolOn)))
  describe('on PostgreSQL, with a URL', () => busContract(worldOn((url) => url)))
  describe('on PostgreSQL, with what looks like a pool', () => {
    const connect = (url: string, pools: pg.Pool[]) => {
      const pool = poolOn(url, pools)
      return { connect: () => pool.connect(), query: (text: pg.QueryConfig) => pool.query(text) }
    }
    busContract(worldOn(connect))
  })
}
