import { join } from 'node:path'
import { ConnectSessionKnexStore } from 'connect-session-knex'
import createKnex from 'knex'
import BetterSqlite3 from 'knex/lib/dialects/better-sqlite3/index.js'
import Database from 'libsql'

/** libsql is a drop-in for better-sqlite3 and needs no compiler: it ships a binary for every platform. */
class Libsql extends BetterSqlite3 {
  _driver() {
    return Database
  }
}

/** The file of the app, for its users. */
export function openUsers(folder) {
  return createKnex({
    client: Libsql,
    connection: { filename: join(folder, 'app.db') },
    useNullAsDefault: true,
    pool: {
      afterCreate(connection, done) {
        connection.pragma('journal_mode = WAL')
        done(null, connection)
      },
    },
  })
}

/** Two files: one of the app, for its users and its sessions, and one of usersessions. */
export async function openSqlite(folder) {
  const knex = openUsers(folder)
  return {
    knex,
    store: new ConnectSessionKnexStore({ knex }),
    storage: `sqlite:${join(folder, 'usersessions.db')}`,
    close: () => knex.destroy(),
  }
}
