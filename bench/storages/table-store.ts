import session from 'express-session'
import type Database from 'libsql'
import type { Statements } from '../statements.js'

type Done = (error?: unknown) => void

/** A session store on a table of SQLite, as an app would write it, which can be asked of many keys at once. */
export class TableStore extends session.Store {
  readonly #database: Database.Database
  readonly #statements: Statements

  constructor(database: Database.Database, statements: Statements) {
    super()
    this.#database = database
    this.#statements = statements
    database.exec('create table app_sessions (sid text primary key, sess text not null, expires integer not null)')
  }

  override get(key: string, done: (error: unknown, data?: session.SessionData | null) => void): void {
    const [row] = this.#all('select sess from app_sessions where sid = ? and expires >= ?', [key, Date.now()])
    const sess: unknown = Reflect.get(Object(row), 'sess')
    setImmediate(done, null, typeof sess === 'string' ? JSON.parse(sess) : null)
  }

  override set(key: string, data: session.SessionData, done?: Done): void {
    const expires = Date.now() + (data.cookie.originalMaxAge ?? 86_400_000)
    this.#run('insert or replace into app_sessions (sid, sess, expires) values (?, ?, ?)', [
      key,
      JSON.stringify(data),
      expires,
    ])
    if (done) setImmediate(done)
  }

  override destroy(key: string, done?: Done): void {
    this.#run('delete from app_sessions where sid = ?', [key])
    if (done) setImmediate(done)
  }

  async existing(keys: readonly string[]): Promise<string[]> {
    const text = `select sid from app_sessions where sid in (${keys.map(() => '?').join(', ')}) and expires >= ?`
    return this.#all(text, [...keys, Date.now()]).map((row) => String(Reflect.get(Object(row), 'sid')))
  }

  async destroyMany(keys: readonly string[]): Promise<void> {
    this.#run(`delete from app_sessions where sid in (${keys.map(() => '?').join(', ')})`, keys)
  }

  #all(text: string, values: readonly unknown[]): unknown[] {
    this.#statements.hear(text)
    return this.#database.prepare(text).all([...values])
  }

  #run(text: string, values: readonly unknown[]): void {
    this.#statements.hear(text)
    this.#database.prepare(text).run([...values])
  }
}
