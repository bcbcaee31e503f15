import { describe } from 'vitest'
import { STORES } from '../spec/stores.js'
import { openKnexOnSqlite } from './knex-on-sqlite.js'
import { openMongoLike } from './mongo-like.js'
import { openOwnBulk } from './own-bulk.js'
import { storeContract } from './store-contract.js'

for (const [name, open] of STORES) {
  describe(name, () =>
    storeContract(async () => {
      const { store, dispose } = open()
      const shut = () => {
        const fails = (...args: unknown[]) => {
          const done = args.at(-1)
          if (typeof done === 'function') done(new Error('the disk is gone'))
        }
        for (const method of ['get', 'destroy']) Reflect.set(store, method, fails)
      }
      // memorystore is asked at its cache, which cannot be away.
      return { store, ...(name !== 'memorystore' && { shut }), [Symbol.asyncDispose]: async () => dispose() }
    }),
  )
}

describe('connect-session-knex on SQLite', () => storeContract(openKnexOnSqlite, 'statement'))

describe('a store with `existing` and `destroyMany` of its own', () => storeContract(openOwnBulk, 'statement'))

// No MongoDB here: this is the shape of connect-mongo 6 on the shape of a driver's collection, not the store itself.
describe('a store of connect-mongo’s shape', () => storeContract(openMongoLike, 'statement'))
