import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { SqliteDialect } from 'kysely'
import Database from 'libsql'
import pg from 'pg'
import { makeSchema } from './postgres.js'
import { Statements } from './statements.js'
import { USER_AGENT } from './storages/bench-storage.js'
import { type AtEnd, opening } from './storages/opening.js'

const PASSWORD = 'a password of the benches'
const COLUMNS = ['id', 'expiresAt', 'token', 'createdAt', 'updatedAt', 'ipAddress', 'userAgent', 'userId']

/** Better Auth on one database. */
export interface Peer {
  readonly name: string
  readonly statements: Statements
  /** Signs a new user up, and in on so many devices. */
  makePerson(count: number): Promise<PeerPerson>
  /** How many it lists. */
  list(person: PeerPerson): Promise<number>
  /** Ends all sessions but the one that asks. */
  revokeOthers(person: PeerPerson): Promise<unknown>
  /** How many sessions there are, past the peer. */
  live(person: PeerPerson): Promise<number>
}

export interface PeerPerson {
  readonly userId: string
  readonly headers: Headers
}

/** What a peer stands on. */
interface PeerDatabase {
  readonly name: string
  readonly database: BetterAuthOptions['database']
  readonly statements: Statements
  run(text: string, values: readonly unknown[]): Promise<readonly object[]>
  placeholder(position: number): string
  time(at: Date): unknown
}

/** Better Auth on PostgreSQL and on SQLite, as it comes. */
export async function* peers(): AsyncGenerator<Peer> {
  for (const open of [onPostgres, onSqlite]) {
    await using peer = await opening(async (atEnd) => makePeer(await open(atEnd)))
    yield peer
  }
}

async function onPostgres(atEnd: AtEnd): Promise<PeerDatabase> {
  const schema = await makeSchema()
  atEnd(() => schema[Symbol.asyncDispose]())
  const statements = new Statements()
  const pool = new pg.Pool({ connectionString: schema.url })
  pool.on('error', () => {})
  pool.on('connect', (client) => hearClient(client, statements))
  atEnd(() => pool.end())
  return {
    name: 'better-auth postgres',
    database: pool,
    statements,
    run: async (text, values) => (await pool.query(text, [...values])).rows,
    placeholder: (position) => `$${position}`,
    time: (at) => at,
  }
}

function hearClient(client: pg.PoolClient, statements: Statements): void {
  const query: unknown = Reflect.get(client, 'query')
  if (typeof query !== 'function') return
  Reflect.set(client, 'query', (...args: unknown[]) => {
    statements.hear(typeof args[0] === 'string' ? args[0] : String(Reflect.get(Object(args[0]), 'text')))
    return Reflect.apply(query, client, args)
  })
}

async function onSqlite(atEnd: AtEnd): Promise<PeerDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'usersessions-bench-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const statements = new Statements()
  const database = new Database(join(folder, 'auth.db'))
  database.pragma('journal_mode = wal')
  atEnd(() => database.close())
  const counted = {
    prepare(text: string) {
      statements.hear(text)
      return database.prepare(text)
    },
    close: () => {},
  }
  return {
    name: 'better-auth sqlite',
    database: { dialect: new SqliteDialect({ database: counted }), type: 'sqlite' },
    statements,
    async run(text, values) {
      const statement = database.prepare(text)
      if (/^select/.test(text)) return statement.all([...values]).map(Object)
      statement.run([...values])
      return []
    },
    placeholder: () => '?',
    time: (at) => at.toISOString(),
  }
}

async function makePeer({ database, ...on }: PeerDatabase): Promise<Peer> {
  const auth = betterAuth({
    database,
    secret: randomBytes(32).toString('hex'),
    baseURL: 'http://localhost:3000',
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
  await (await getMigrations(auth.options)).runMigrations()
  let people = 0
  return {
    name: on.name,
    statements: on.statements,
    async makePerson(count) {
      const body = { name: 'Ada', email: `ada${++people}@example.com`, password: PASSWORD }
      const { headers, response } = await auth.api.signUpEmail({ body, returnHeaders: true })
      const cookie = headers.getSetCookie().map((each) => each.split(';')[0])
      await insertSessions(on, response.user.id, count - 1)
      return { userId: response.user.id, headers: new Headers({ cookie: cookie.join('; '), 'user-agent': USER_AGENT }) }
    },
    list: async ({ headers }) => (await auth.api.listSessions({ headers })).length,
    revokeOthers: ({ headers }) => auth.api.revokeOtherSessions({ headers }),
    async live({ userId }) {
      const text = `select count(*) as n from session where "userId" = ${on.placeholder(1)}`
      return Number(Reflect.get((await on.run(text, [userId]))[0] ?? {}, 'n'))
    },
  }
}

async function insertSessions(on: Omit<PeerDatabase, 'database'>, userId: string, count: number): Promise<void> {
  if (count <= 0) return
  const [now, later] = [on.time(new Date()), on.time(new Date(Date.now() + 6 * 86_400_000))]
  const values: unknown[] = []
  const tuples = Array.from({ length: count }, () => {
    const row = [randomBytes(16).toString('hex'), later, randomBytes(16).toString('hex'), now, now]
    const places = [...row, '203.0.113.7', USER_AGENT, userId].map((value) => on.placeholder(values.push(value)))
    return `(${places.join(', ')})`
  })
  const names = COLUMNS.map((name) => `"${name}"`).join(', ')
  await on.run(`insert into session (${names}) values ${tuples.join(', ')}`, values)
}
