import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import session, { type Store } from 'express-session'
import { openStorage } from '../../src/index.js'
import { Statements } from '../statements.js'
import { type AppStore, type BenchStorage, idOf } from './bench-storage.js'
import { opening } from './opening.js'
import { sqlRecords } from './sql-records.js'

const URL = process.env.USERSESSIONS_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306/'
const DRIVER = 'mysql2/promise'
const BUFFER = 2 ** 30

/** What of a pool of mysql2 is used here. */
interface Pool {
  query(text: string, values?: readonly unknown[]): Promise<[rows: object[], fields: unknown]>
  end(): Promise<void>
}

/** MariaDB or MySQL, in a database of its own; its app keeps sessions with express-mysql-session. */
export function openMariadb(): Promise<BenchStorage> {
  return opening(async (atEnd) => {
    const name = `usersessions_bench_${randomBytes(4).toString('hex')}`
    const server = await openPool(URL)
    atEnd(() => server.end())
    atEnd(await roomFor(server))
    await server.query(`create database ${name}`)
    atEnd(() => server.query(`drop database if exists ${name}`))
    const url = urlOf(name)
    const statements = new Statements()
    const storage = await openStorage(url, { migrate: true, onStatement: statements.hear })
    atEnd(() => storage.close())
    const pool = await openPool(url)
    atEnd(() => pool.end())
    return {
      name: 'mariadb',
      storage,
      statements,
      bare: bareRecords(pool),
      maxRows: Number.POSITIVE_INFINITY,
      openAppStore: () => openMysqlStore(pool),
    }
  })
}

/** Memory for tables of millions: what the server comes with is meant for small ones. Returns what takes it back. */
async function roomFor(server: Pool): Promise<() => Promise<unknown>> {
  const [[row]] = await server.query('select @@innodb_buffer_pool_size as bytes')
  const bytes = Number(Reflect.get(row ?? {}, 'bytes'))
  if (bytes >= BUFFER) return async () => {}
  await server.query(`set global innodb_buffer_pool_size = ${BUFFER}`)
  return () => server.query(`set global innodb_buffer_pool_size = ${bytes}`)
}

async function openPool(uri: string): Promise<Pool> {
  const { createPool }: { createPool(options: object): Pool } = await import(DRIVER)
  return createPool({ uri, connectionLimit: 1 })
}

function urlOf(database: string): string {
  const url = new globalThis.URL(URL)
  url.pathname = `/${database}`
  return url.href
}

function bareRecords(pool: Pool) {
  return sqlRecords({
    run: async (text, values) => (await pool.query(text, values))[0],
    placeholder: () => '?',
    id: idBytes,
    numbers: (count) => `(select seq as i from seq_0_to_${count - 1}) as numbers`,
    made: {
      user: (number) => `concat('user ', ${number})`,
      id: "unhex(concat('01900000000070008000', lpad(lower(hex(i)), 12, '0')))",
      keyHash: 'unhex(sha2(i, 256))',
      sealedKey: 'concat(unhex(sha2(i, 256)), unhex(sha2(i + 1, 256)))',
    },
    async touch(rows, at) {
      const touched = JSON.stringify(rows.map((index) => [`user ${index}`, idBytes(idOf(index)).toString('hex')]))
      await pool.query(
        `update json_table(?, '$[*]' columns (user_id varchar(255) path '$[0]', id char(32) path '$[1]')) as t
         straight_join user_sessions as s on s.user_id = cast(t.user_id as binary) and s.id = unhex(t.id)
         set s.last_seen_at = ? where s.ended_at is null`,
        [touched, at],
      )
    },
    async settle() {
      await pool.query('analyze table user_sessions')
    },
  })
}

function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

async function openMysqlStore(pool: Pool): Promise<AppStore> {
  const makeStore: (library: typeof session) => new (options: object, connection: object) => Store = createRequire(
    import.meta.url,
  )('express-mysql-session')
  const statements = new Statements()
  const query = (text: string, values: unknown[]) => {
    statements.hear(text)
    return pool.query(text, values)
  }
  const MysqlStore = makeStore(session)
  const store = new MysqlStore({ createDatabaseTable: false, clearExpired: false }, { query })
  await pool.query(`create table sessions (session_id varchar(128) character set utf8mb4 collate utf8mb4_bin primary key,
    expires int unsigned not null, data mediumtext, index (expires))`)
  return {
    name: 'express-mysql-session',
    store,
    statements,
    async fill(keys, userId) {
      const data = JSON.stringify({ cookie: { originalMaxAge: 86_400_000 }, userId })
      const expires = Math.round(Date.now() / 1000) + 86_400
      await pool.query('insert into sessions (session_id, expires, data) values ?', [
        keys.map((key) => [key, expires, data]),
      ])
    },
    async existing(keys) {
      const now = Math.round(Date.now() / 1000)
      const text = 'select session_id from sessions where session_id in (?) and expires >= ?'
      return (await pool.query(text, [keys, now]))[0].length
    },
    async destroy(keys) {
      await pool.query('delete from sessions where session_id in (?)', [keys])
    },
    async [Symbol.asyncDispose]() {},
  }
}
