import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { interceptedMysqlPool } from './intercepted-mysql-pool.js'
import { hasMariadb, TestDatabase } from './mariadb-server.js'
import { TcpProxy } from './tcp-proxy.js'

if (await hasMariadb()) {
  const database = await TestDatabase.make()
  const pool = database.pool({ connectionLimit: 3 })
  let stage: Stage
  beforeAll(async () => {
    stage = new Stage(await openStorage(pool, { clock: () => stage.now, migrate: true }))
  })
  afterAll(() => database[Symbol.asyncDispose]())

  /** Locks a user from a connection of its own while `act` runs. */
  async function whileLocked(user: string, act: () => Promise<void>): Promise<void> {
    const connection = await database.admin.getConnection()
    await connection.query('start transaction')
    await connection.query('select * from user_session_users where user_id = ? for update', [user])
    try {
      await act()
    } finally {
      await connection.query('rollback')
      connection.release()
    }
  }

  /** Ends the connections of this database that are in the state, as soon as there is one. */
  async function kill(state: string): Promise<void> {
    const text = `select id from information_schema.processlist where db = ? and id != connection_id() and ${state}`
    const killed = async () => {
      const [rows] = await database.admin.query(text, [database.name])
      const ids = Array.isArray(rows) ? rows.map((row) => Number(Reflect.get(row, 'id'))) : []
      for (const id of ids) await database.admin.query(`kill ${id}`).catch(() => {})
      return ids.length
    }
    await expect.poll(killed, { timeout: 10_000 }).toBeGreaterThan(0)
  }

  test('a connection that is killed in the middle of a transaction is storage_unavailable, and then all goes on', async () => {
    const { id } = await stage.signIn('alice')
    await whileLocked('alice', async () => {
      const ending = stage.storage.end('alice', 'all', stage.how())
      const [ended] = await Promise.allSettled([ending, kill(`info like '%for update' and command = 'Query'`)])
      expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'storage_unavailable' } })
    })
    expect(await stage.liveIds('alice')).toEqual([id])
    expect(await stage.storage.end('alice', 'all', stage.how())).toHaveLength(1)
  })

  test('connections that are killed while nobody uses them are replaced', async () => {
    const own = await openStorage(database.url)
    await Promise.all([own.list('alice'), stage.storage.list('alice')])
    await kill(`command = 'Sleep'`)
    for (const storage of [own, stage.storage]) {
      await expect.poll(() => storage.list('bob').catch(String), { timeout: 10_000 }).toEqual([])
    }
    await own.close()
  })

  test('a commit whose answer is lost is no success and is not done again', async () => {
    const { id } = await stage.signIn('carol')
    let commits = 0
    const losing = interceptedMysqlPool(pool, async ({ query, run }) => {
      const result = await run()
      if (query.sql !== 'commit') return result
      commits++
      throw Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST' })
    })
    const storage = await openStorage(losing, { clock: () => stage.now })
    const ending = storage.end('carol', { ids: [id] }, stage.how())
    await expect(ending).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('not known'),
    })
    expect(commits).toBe(1)
    expect(await stage.liveIds('carol')).toEqual([])
  })

  test('a lock that is held for long is storage_busy after some seconds, and one that goes away is waited for', async () => {
    const own = await openStorage(database.url, { clock: () => stage.now })
    await stage.signIn('erin')
    const before = performance.now()
    await whileLocked('erin', () => expect(own.block('erin', true)).rejects.toMatchObject({ code: 'storage_busy' }))
    expect(performance.now() - before).toBeGreaterThan(4500)
    let blocking: Promise<void> | undefined
    await whileLocked('erin', async () => {
      blocking = own.block('erin', true)
      await new Promise((go) => setTimeout(go, 2500))
    })
    await blocking
    expect(await stage.storage.isBlocked('erin')).toBe(true)
    await own.close()
  })

  test.each([
    1213, 1205,
  ])('work that the server gave up (%s) is run again, a bounded number of times', async (errno) => {
    let failures = 2
    let tries = 0
    const failing = interceptedMysqlPool(pool, async ({ query, connection, run }) => {
      if (!query.sql.startsWith('insert into `user_session_users`')) return run()
      tries++
      if (failures-- <= 0) return run()
      return connection.query({ ...query, sql: `signal sqlstate '40001' set mysql_errno = ${errno}`, values: [] })
    })
    const storage = await openStorage(failing)
    await storage.block(`frank ${errno}`, true)
    expect(tries).toBe(3)
    failures = Number.POSITIVE_INFINITY
    await expect(storage.block('frank', false)).rejects.toMatchObject({ code: 'storage_busy' })
    expect(tries).toBe(8)
  })

  test('a statement that fails undoes its whole transaction and gives the connection back as it was', async () => {
    await stage.signIn('grace')
    await database.admin.query(
      `create trigger fail before update on user_session_users for each row
         if new.changed_at > 0 and new.user_id = 'grace' then signal sqlstate '45000' set message_text = 'no'; end if`,
    )
    await expect(stage.storage.end('grace', 'all', stage.how())).rejects.toThrow('no')
    expect(await stage.storage.list('grace')).toHaveLength(1)
    const [row] = await database.admin.query('select count(*) as open from information_schema.innodb_trx')
    expect(row).toMatchObject([{ open: 0 }])
  })

  test('a server that falls silent is storage_unavailable within the time for an answer, and is used again after', async () => {
    const url = new URL(database.url)
    const proxy = await TcpProxy.to(url.hostname, Number(url.port || 3306))
    const behind = database.pool({
      host: '127.0.0.1',
      port: proxy.port,
      uri: '',
      user: url.username,
      database: database.name,
    })
    const hasty = interceptedMysqlPool(behind, ({ query, connection }) => connection.query({ ...query, timeout: 500 }))
    const storage = await openStorage(hasty, { clock: () => stage.now })
    proxy.swallow()
    await expect(storage.list('heidi')).rejects.toMatchObject({ code: 'storage_unavailable' })
    await expect(storage.block('heidi', true)).rejects.toMatchObject({ code: 'storage_unavailable' })
    await proxy.accept()
    await expect.poll(() => storage.list('heidi').catch(String), { timeout: 10_000 }).toEqual([])
    await proxy.refuse()
    await expect(storage.list('heidi')).rejects.toMatchObject({ code: 'storage_unavailable' })
    await behind.end().catch(() => {})
  })
}
