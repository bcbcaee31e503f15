import { openPostgres } from './postgres.js'
import { openRedis } from './redis.js'
import { openSqlite } from './sqlite.js'

/**
 * Where all is kept: on the PostgreSQL server that DATABASE_URL names, or all but the users on the Redis that REDIS_URL names, else in
 * files in DATA_DIR. Each gives the app a `knex` for its users and a `store` for its sessions, and usersessions a `storage` for
 * its records.
 */
export function openDatabase({ databaseUrl, redisUrl, dataDir }) {
  if (databaseUrl) return openPostgres(databaseUrl)
  return redisUrl ? openRedis(redisUrl, dataDir) : openSqlite(dataDir)
}
