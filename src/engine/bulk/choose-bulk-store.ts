import { bulkOfItsOwn } from './bulk-of-its-own.js'
import type { BulkStore } from './bulk-store.js'
import { knexStore } from './knex-store.js'
import { lruStore } from './lru-store.js'
import { mongoStore } from './mongo-store.js'
import { mysqlStore } from './mysql-store.js'
import { oneByOne } from './one-by-one.js'
import { pgStore } from './pg-store.js'
import { provenStore } from './proven-store.js'
import { redisStore } from './redis-store.js'

const KINDS = [bulkOfItsOwn, redisStore, pgStore, mysqlStore, knexStore, mongoStore, lruStore]

/** How a store is asked in bulk: as it offers, as is known of the stores that people use, or key by key. */
export function chooseBulkStore(store: object): BulkStore {
  for (const kind of KINDS) {
    const bulk = kind(store)
    if (bulk) return provenStore(bulk, oneByOne(store))
  }
  return oneByOne(store)
}
