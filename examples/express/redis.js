import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { openUsers } from './sqlite.js'

/** The sessions of connect-redis and the records of usersessions on one client; the users stay in a file in DATA_DIR. */
export async function openRedis(url, folder) {
  const client = await connect(url)
  const knex = openUsers(folder)
  return {
    knex,
    store: new RedisStore({ client }),
    storage: client,
    async close() {
      await knex.destroy()
      await client.close()
    },
  }
}

async function connect(url) {
  let isConnected = false
  try {
    const reconnectStrategy = (tries) => isConnected && Math.min(tries * 50, 2000)
    const client = createClient({ url, socket: { connectTimeout: 5000, reconnectStrategy } })
    // Without a listener, a lost connection would end the process; the client makes another one.
    client.on('error', (error) => isConnected && console.error(`Redis: ${reason(error)}`))
    await client.connect()
    isConnected = true
    return client
  } catch (error) {
    // A URL that cannot be read would be shown, and with it a password.
    const problem = error instanceof TypeError ? 'this is no redis: URL' : reason(error)
    throw Object.assign(new Error(`REDIS_URL: ${problem}`), { code: 'REDIS_UNAVAILABLE' })
  }
}

/** A name with several addresses gives several errors in one, which says nothing itself. */
function reason(error) {
  return error.message || error.errors?.map(({ message }) => message).join(', ') || error.code
}
