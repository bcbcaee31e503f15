import connectPgSimple from 'connect-pg-simple'
import session from 'express-session'
import createKnex from 'knex'
import pg from 'pg'

const PgStore = connectPgSimple(session)

/**
 * One database for all: `users`, the `session`s of connect-pg-simple, and the three tables of usersessions. What is missing is
 * made, so that an empty database will do.
 */
export async function openPostgres(url) {
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true })
  // Without a listener, a connection that is lost while nobody uses it would end the process.
  pool.on('error', (error) => console.error(`PostgreSQL: ${error.message}`))
  try {
    await pool.query('select 1')
  } catch (error) {
    await pool.end()
    throw Object.assign(new Error(`DATABASE_URL: ${reason(error)}`), { code: 'DATABASE_UNAVAILABLE' })
  }
  const knex = createKnex({ client: 'pg', connection: url, pool: { min: 0, max: 5 } })
  const store = new PgStore({ pool, createTableIfMissing: true })
  return {
    knex,
    store,
    storage: pool,
    async close() {
      await store.close()
      await knex.destroy()
      await pool.end()
    },
  }
}

/** A name with several addresses gives several errors in one, which says nothing itself. */
function reason(error) {
  return error.message || error.errors?.map(({ message }) => message).join(', ') || error.code
}
