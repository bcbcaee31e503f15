import { randomBytes } from 'node:crypto'
import { createConnection, createPool, type Pool, type PoolOptions } from 'mysql2/promise'
import { test } from 'vitest'

/** The server under test. */
export const MYSQL_URL = process.env.USERSESSIONS_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306'
const isRequired = Boolean(process.env.CI) || process.env.USERSESSIONS_REQUIRE_SERVICES === '1'

/** A database of its own on the server under test, dropped with all that is in it. */
export class TestDatabase implements AsyncDisposable {
  readonly name = `usersessions_test_${randomBytes(6).toString('hex')}`
  /** Connections that are in this database. */
  readonly url = new URL(`/${this.name}`, MYSQL_URL).href
  readonly #pools: Pool[] = []

  static async make(): Promise<TestDatabase> {
    const database = new TestDatabase()
    await database.#tell(`create database ${database.name}`)
    return database
  }

  /** A pool; close it, or leave that to the end of the database. */
  pool(options: PoolOptions = {}): Pool {
    const pool = createPool({ uri: this.url, ...options })
    this.#pools.push(pool)
    return pool
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that is closed already says so.
    await Promise.allSettled(this.#pools.map((pool) => pool.end()))
    await this.#tell(`drop database ${this.name}`)
  }

  async #tell(statement: string): Promise<void> {
    const connection = await createConnection(MYSQL_URL)
    await connection.query(statement)
    await connection.end()
  }
}

/**
 * Whether a server answers. Without one, this makes the file a single test that is skipped by a name that says what to do, or
 * that fails where services are required.
 */
export async function hasMysql(): Promise<boolean> {
  const problem = await createConnection({ uri: MYSQL_URL, connectTimeout: 5000 }).then(
    (connection) => connection.end().then(() => undefined),
    (error: unknown) => (error instanceof Error ? error.message || error.name : String(error)),
  )
  if (problem === undefined) return true
  const title = `MySQL AND MariaDB ARE NOT TESTED: no server at ${MYSQL_URL.replace(/:[^:@/]*@/, ':…@')} (${problem}). Set USERSESSIONS_TEST_MYSQL, or run: docker run --rm -p 3306:3306 -e MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 mariadb`
  if (isRequired) {
    test(title, () => {
      throw new Error(title)
    })
  } else {
    test.skip(title)
    console.warn(title)
  }
  return false
}
