import { createRequire } from 'node:module'
import { ConnectSessionKnexStore } from 'connect-session-knex'
import knex, { type Knex } from 'knex'
import type { StoreStand } from './store-contract.js'
import { Traffic } from './traffic.js'

const require = createRequire(import.meta.url)
const BetterSqlite: typeof Knex.Client = require('knex/lib/dialects/better-sqlite3/index.js')

/** libsql has the interface of better-sqlite3, and installs where that does not. */
class Libsql extends BetterSqlite {
  _driver(): unknown {
    return require('libsql')
  }
}

/** A store on a database that is not there yet. */
export function openKnexOnSqlite(): Promise<StoreStand> {
  return openKnex({ client: Libsql, connection: { filename: ':memory:' }, useNullAsDefault: true })
}

/** connect-session-knex 5 on any database that knex takes. */
export async function openKnex(
  config: Knex.Config,
  options: Partial<ConstructorParameters<typeof ConnectSessionKnexStore>[0]> = {},
): Promise<StoreStand & { readonly knex: Knex }> {
  const traffic = new Traffic()
  const postProcessResponse = (answer: unknown) => (traffic.instead ? traffic.instead.answer : answer)
  const database = knex({ ...config, postProcessResponse })
  database.on('query', () => traffic.begin())
  database.on('query-response', () => traffic.done())
  database.on('query-error', () => traffic.done())
  const store = new ConnectSessionKnexStore({ knex: database, cleanupInterval: 0, ...options })
  await store.ready
  const shut = () => database.destroy()
  return { store, traffic, shut, knex: database, [Symbol.asyncDispose]: shut }
}
