import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { interceptedPool } from './intercepted-pool.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

if (await hasPostgres()) {
  const schema = await TestSchema.make()
  const name = `${schema.name}_faults`
  const pool = schema.pool({ max: 3, application_name: name })
  let stage: Stage
  beforeAll(async () => {
    stage = new Stage(await openStorage(pool, { clock: () => stage.now, migrate: true }))
  })
  afterAll(() => schema[Symbol.asyncDispose]())

  /** Locks a user from a connection of its own while `act` runs. */
  async function whileLocked(user: string, act: () => Promise<void>): Promise<void> {
    const client = await schema.admin.connect()
    await client.query('begin')
    await client.query('select * from user_session_users where user_id = $1 for update', [user])
    try {
      await act()
    } finally {
      await client.query('rollback')
      client.release()
    }
  }

  /** Ends an application's connections as soon as one is in the state. */
  async function kill(application: string, state: string): Promise<void> {
    const text = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and ${state}`
    const killed = async () => (await schema.admin.query(text, [application])).rowCount
    await expect.poll(killed, { timeout: 10_000 }).toBeGreaterThan(0)
  }

  const idle = () => pool.totalCount - pool.idleCount

  test('a connection that is killed in the middle of a transaction is storage_unavailable, and then all goes on', async () => {
    const { id } = await stage.signIn('alice')
    await whileLocked('alice', async () => {
      const ending = stage.storage.end('alice', 'all', stage.how())
      const [ended] = await Promise.allSettled([ending, kill(name, "wait_event_type = 'Lock'")])
      expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'storage_unavailable' } })
    })
    expect(idle()).toBe(0)
    expect(await stage.liveIds('alice')).toEqual([id])
    expect(await stage.storage.end('alice', 'all', stage.how())).toHaveLength(1)
  })

  test('connections that are killed while nobody uses them are replaced', async () => {
    const own = await openStorage(`${schema.url}&application_name=${name}_own`)
    await Promise.all([own.list('alice'), stage.storage.list('alice')])
    await kill(`${name}_own`, "state = 'idle'")
    await kill(name, "state = 'idle'")
    for (const storage of [own, stage.storage]) {
      await expect.poll(() => storage.list('bob').catch(String), { timeout: 10_000 }).toEqual([])
    }
    await own.close()
  })

  test('a commit whose answer is lost is no success and is not done again', async () => {
    const { id } = await stage.signIn('carol')
    let commits = 0
    const losing = interceptedPool(pool, async ({ text, run }) => {
      const result = await run()
      if (text !== 'commit') return result
      commits++
      throw new Error('Connection terminated unexpectedly')
    })
    const storage = await openStorage(losing, { clock: () => stage.now })
    const ending = storage.end('carol', { ids: [id] }, stage.how())
    await expect(ending).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('not known'),
    })
    expect(commits).toBe(1)
    expect(await stage.liveIds('carol')).toEqual([])
    expect(idle()).toBe(0)
  })

  test('a commit that the server turned into a rollback is no success', async () => {
    const turning = interceptedPool(pool, ({ text, run }) => (text === 'commit' ? pool.query('rollback') : run()))
    const storage = await openStorage(turning)
    await expect(storage.block('dave', true)).rejects.toThrow(/not committed/)
    expect(await stage.storage.isBlocked('dave')).toBe(false)
  })

  test('a lock that is held for long is storage_busy after some seconds, and one that goes away is waited for', async () => {
    await stage.signIn('erin')
    const before = performance.now()
    await whileLocked('erin', () =>
      expect(stage.storage.block('erin', true)).rejects.toMatchObject({ code: 'storage_busy' }),
    )
    expect(performance.now() - before).toBeGreaterThan(4500)
    let blocking: Promise<void> | undefined
    await whileLocked('erin', async () => {
      blocking = stage.storage.block('erin', true)
      await new Promise((go) => setTimeout(go, 1200))
    })
    await blocking
    expect(await stage.storage.isBlocked('erin')).toBe(true)
    expect(idle()).toBe(0)
  })

  test.each([
    '40P01',
    '40001',
  ])('work that the server gave up (%s) is run again, a bounded number of times', async (code) => {
    let failures = 2
    let tries = 0
    const failing = interceptedPool(pool, async ({ text, run }) => {
      if (!text.startsWith('insert into "user_session_users"')) return run()
      tries++
      if (failures-- > 0) return pool.query(`do $$ begin raise exception 'given up' using errcode = '${code}'; end $$`)
      return run()
    })
    const storage = await openStorage(failing)
    await storage.block(`frank ${code}`, true)
    expect(tries).toBe(3)
    failures = Number.POSITIVE_INFINITY
    await expect(storage.block('frank', false)).rejects.toMatchObject({ code: 'storage_busy' })
    expect(tries).toBe(8)
  })

  test('a statement that fails undoes its whole transaction and gives the connection back', async () => {
    await stage.signIn('grace')
    await schema.admin.query(
      `create function fail() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
       create trigger fail before update on user_session_users for each row when (new.changed_at > 0 and new.user_id = 'grace')
       execute function fail()`,
    )
    await expect(stage.storage.end('grace', 'all', stage.how())).rejects.toThrow('no')
    expect(await stage.storage.list('grace')).toHaveLength(1)
    expect(idle()).toBe(0)
  })
}
