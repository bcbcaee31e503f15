import knex from 'knex'
import BetterSqlite3 from 'knex/lib/dialects/better-sqlite3/index.js'
import Database from 'libsql'

/** libsql is a drop-in for better-sqlite3 and needs no compiler: it ships a binary for every platform. */
class Libsql extends BetterSqlite3 {
  _driver() {
    return Database
  }
}

/** The app's own database, a file: its users and its sessions. */
export function openDatabase(filename) {
  return knex({
    client: Libsql,
    connection: { filename },
    useNullAsDefault: true,
    pool: {
      afterCreate(connection, done) {
        connection.pragma('journal_mode = WAL')
        done(null, connection)
      },
    },
  })
}
