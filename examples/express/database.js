import { openPostgres } from './postgres.js'
import { openSqlite } from './sqlite.js'

/**
 * Where all is kept: on the PostgreSQL server that DATABASE_URL names, else in files in DATA_DIR. Either gives the app a `knex`
 * for its users and a `store` for its sessions, and usersessions a `storage` for its records.
 */
export function openDatabase({ databaseUrl, dataDir }) {
  return databaseUrl ? openPostgres(databaseUrl) : openSqlite(dataDir)
}
