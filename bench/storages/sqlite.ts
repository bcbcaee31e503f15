import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { openStorage } from '../../src/index.js'
import { Statements } from '../statements.js'
import { type AppStore, type BareRecords, type BenchStorage, EXPIRES, idOf } from './bench-storage.js'
import { opening } from './opening.js'
import { sqlRecords } from './sql-records.js'
import { TableStore } from './table-store.js'

/** SQLite, in a file of its own; its app keeps sessions in a table of another one. */
export function openSqlite(): Promise<BenchStorage> {
  return opening(async (atEnd) => {
    const folder = mkdtempSync(join(tmpdir(), 'usersessions-bench-'))
    atEnd(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'sessions.db')
    const statements = new Statements()
    const storage = await openStorage(`sqlite:${file}`, { migrate: true, onStatement: statements.hear })
    atEnd(() => storage.close())
    const database = openFile(file)
    atEnd(() => database.close())
    return {
      name: 'sqlite',
      storage,
      statements,
      bare: bareRecords(database),
      maxRows: Number.POSITIVE_INFINITY,
      openAppStore: () => openTableStore(join(folder, 'app.db')),
    }
  })
}

function openFile(file: string) {
  const database = new Database(file)
  database.pragma('journal_mode = wal')
  database.pragma('busy_timeout = 5000')
  return database
}

function bareRecords(database: ReturnType<typeof openFile>): BareRecords {
  const touch = database.prepare(
    'update user_sessions set last_seen_at = ? where user_id = ? and id = ? and ended_at is null',
  )
  const touchAll = database.transaction((rows: readonly number[], at: number) => {
    for (const index of rows) touch.run([at, `user ${index}`, idBytes(idOf(index))])
  })
  const records = sqlRecords({
    async run(text, values) {
      const statement = database.prepare(text)
      if (!/^select/.test(text)) {
        statement.run([...values])
        return []
      }
      return statement.all([...values]).map(Object)
    },
    placeholder: () => '?',
    id: idBytes,
    numbers: (count) =>
      `(with recursive n (i) as (values (0) union all select i + 1 from n where i < ${count - 1}) select i from n)`,
    made: {
      user: (number) => `'user ' || cast(${number} as integer)`,
      id: "unhex(printf('01900000000070008000%012x', i))",
      keyHash: 'randomblob(32)',
      sealedKey: 'randomblob(65)',
    },
    async touch(rows, at) {
      touchAll(rows, at)
    },
    async settle() {
      database.exec('analyze')
      database.pragma('wal_checkpoint(truncate)')
    },
  })
  return {
    ...records,
    async insert(rows) {
      await records.insert(rows)
      // Else the next one to commit would carry it over.
      database.pragma('wal_checkpoint(truncate)')
    },
  }
}

function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

async function openTableStore(file: string): Promise<AppStore> {
  const database = openFile(file)
  const statements = new Statements()
  const store = new TableStore(database, statements)
  const inList = (keys: readonly string[]) => `sid in (${keys.map(() => '?').join(', ')})`
  const insert = database.prepare('insert into app_sessions (sid, sess, expires) values (?, ?, ?)')
  const insertAll = database.transaction((keys: readonly string[], sess: string) => {
    for (const key of keys) insert.run([key, sess, EXPIRES])
  })
  return {
    name: 'a table',
    store,
    statements,
    async fill(keys, userId) {
      insertAll(keys, JSON.stringify({ cookie: { originalMaxAge: 86_400_000 }, userId }))
    },
    async existing(keys) {
      const select = database.prepare(`select sid from app_sessions where ${inList(keys)} and expires >= ?`)
      return select.all([...keys, Date.now()]).length
    },
    async destroy(keys) {
      database.prepare(`delete from app_sessions where ${inList(keys)}`).run([...keys])
    },
    async [Symbol.asyncDispose]() {
      database.close()
    },
  }
}
