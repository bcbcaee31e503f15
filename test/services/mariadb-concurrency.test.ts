import { afterAll } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { watchedPool } from './intercepted-mysql-pool.js'
import { hasMariadb, TestDatabase } from './mariadb-server.js'
import { sideBySideSuite } from './side-by-side-suite.js'

if (await hasMariadb()) {
  const database = await TestDatabase.make()
  afterAll(() => database[Symbol.asyncDispose]())
  await sideBySideSuite({
    async open({ connections, clock, onFault = () => {} }) {
      const pool = database.pool({ connectionLimit: connections })
      return { ...(await openStorage(watchedPool(pool, onFault), { clock, migrate: true })), close: () => pool.end() }
    },
  })
}
