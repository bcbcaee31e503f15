import { createRequire } from 'node:module'
import session, { type Store } from 'express-session'
import type pg from 'pg'
import { openStorage } from '../../src/index.js'
import { makeSchema, poolIn } from '../postgres.js'
import { Statements } from '../statements.js'
import { type AppStore, type BenchStorage, idOf } from './bench-storage.js'
import { opening } from './opening.js'
import { sqlRecords } from './sql-records.js'

type Factory = (library: typeof session) => new (options: object) => Store

const makeStore: Factory = createRequire(import.meta.url)('connect-pg-simple')

/** PostgreSQL, in a schema of its own; its app keeps sessions with connect-pg-simple. */
export function openPostgres(): Promise<BenchStorage> {
  return opening(async (atEnd) => {
    const schema = await makeSchema()
    atEnd(() => schema[Symbol.asyncDispose]())
    const statements = new Statements()
    const storage = await openStorage(schema.url, { migrate: true, onStatement: statements.hear })
    atEnd(() => storage.close())
    const pool = poolIn(schema.url, 1)
    atEnd(() => pool.end())
    return {
      name: 'postgres',
      storage,
      statements,
      bare: bareRecords(pool),
      maxRows: Number.POSITIVE_INFINITY,
      openAppStore: () => openPgStore(schema.url),
      async hotShare() {
        const { rows } = await pool.query(
          `select sum(n_tup_hot_upd)::float8 / nullif(sum(n_tup_upd), 0) as share from pg_stat_user_tables
           where schemaname = $1 and relname = 'user_sessions'`,
          [schema.name],
        )
        // A server tells a second late what it did.
        return rows[0]?.share ?? undefined
      },
    }
  })
}

function bareRecords(pool: pg.Pool) {
  return sqlRecords({
    run: async (text, values) => (await pool.query(text, [...values])).rows,
    placeholder: (position) => `$${position}`,
    id: (id) => id,
    numbers: (count) => `generate_series(0, ${count - 1}::bigint) as i`,
    made: {
      user: (number) => `'user ' || (${number})`,
      id: "('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid",
      keyHash: 'sha256(i::text::bytea)',
      sealedKey: 'sha256(i::text::bytea) || sha256((i + 1)::text::bytea)',
    },
    async touch(rows, at) {
      await pool.query(
        `update user_sessions as s set last_seen_at = t.seen from unnest($1::text[], $2::uuid[], $3::bigint[]) as t (user_id, id, seen)
         where s.user_id = t.user_id and s.id = t.id and s.ended_at is null`,
        [rows.map((index) => `user ${index}`), rows.map(idOf), rows.map(() => at)],
      )
    },
    async settle() {
      await pool.query('vacuum analyze user_sessions')
      // What came before is not to be counted.
      await pool.query("select pg_stat_reset_single_table_counters('user_sessions'::regclass)")
    },
  })
}

async function openPgStore(url: string): Promise<AppStore> {
  const pool = poolIn(url)
  const statements = new Statements()
  const query = (text: string, values: unknown[]) => {
    statements.hear(text)
    return pool.query(text, values)
  }
  const PgStore = makeStore(session)
  const store = new PgStore({ pool: { query }, pruneSessionInterval: false })
  await pool.query(`create table session (sid varchar primary key, sess json not null, expire timestamp(6) not null);
    create index on session (expire)`)
  return {
    name: 'connect-pg-simple',
    store,
    statements,
    async fill(keys, userId) {
      const sess = JSON.stringify({ cookie: { originalMaxAge: 86_400_000 }, userId })
      await pool.query(
        `insert into session (sid, sess, expire) select sid, $2::json, now() + interval '1 day' from unnest($1::text[]) as sid`,
        [keys, sess],
      )
    },
    async existing(keys) {
      const { rows } = await pool.query('select sid from session where sid = any($1) and expire >= now()', [keys])
      return rows.length
    },
    async destroy(keys) {
      await pool.query('delete from session where sid = any($1)', [keys])
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
