import { randomBytes } from 'node:crypto'
import mysql, { type Pool, type PoolOptions } from 'mysql2/promise'
import { missingService } from './missing-service.js'

/** The server under test, MariaDB or MySQL, as a user who may make databases. */
export const MARIADB_URL = process.env.USERSESSIONS_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306/test'

/** A database of its own on the server under test, dropped with all that is in it. */
export class TestDatabase implements AsyncDisposable {
  readonly name = `usersessions_test_${randomBytes(6).toString('hex')}`
  /** Connections to this database. */
  readonly url: string
  readonly #pools: Pool[] = []
  readonly admin: Pool

  private constructor() {
    const url = new URL(MARIADB_URL)
    url.pathname = `/${this.name}`
    this.url = String(url)
    this.admin = this.pool({ multipleStatements: true })
  }

  static async make(): Promise<TestDatabase> {
    const database = new TestDatabase()
    const connection = await mysql.createConnection(MARIADB_URL)
    // Of a kind that takes `Alice` for `alice`: most databases are.
    await connection.query(`create database ${database.name} character set utf8mb4 collate utf8mb4_general_ci`)
    await connection.end()
    return database
  }

  /** A pool, closed with the database. */
  pool(options: PoolOptions = {}): Pool {
    const pool = mysql.createPool({ uri: this.url, ...options })
    this.#pools.push(pool)
    return pool
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin.query(`drop database ${this.name}`)
    await Promise.all(this.#pools.map((pool) => pool.end().catch(() => {})))
  }
}

/**
 * Whether a server answers. Without one, this makes the file a single test that is skipped by a name that says what to do, or
 * that fails where services are required.
 */
export async function hasMariadb(): Promise<boolean> {
  const problem = await mysql.createConnection({ uri: MARIADB_URL, connectTimeout: 5000 }).then(
    async (connection) => void (await connection.end()),
    (error: unknown) => (error instanceof Error ? error.message || error.name : String(error)),
  )
  if (problem === undefined) return true
  return missingService(
    `MariaDB IS NOT TESTED: no server at ${MARIADB_URL.replace(/:[^:@/]*@/, ':…@')} (${problem}). Set USERSESSIONS_TEST_MYSQL, or run: docker run --rm -p 3306:3306 -e MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 -e MARIADB_DATABASE=test mariadb`,
  )
}
