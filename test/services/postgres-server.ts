import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { missingService } from './missing-service.js'

/** The server under test, and a database on it. */
export const POSTGRES_URL = process.env.USERSESSIONS_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/test'

/** A schema of its own on the server under test, dropped with all that is in it. */
export class TestSchema implements AsyncDisposable {
  readonly name = `usersessions_test_${randomBytes(6).toString('hex')}`
  /** Connections whose tables go into this schema. */
  readonly url = `${POSTGRES_URL}${POSTGRES_URL.includes('?') ? '&' : '?'}options=-c%20search_path%3D${this.name}`
  readonly #pools: pg.Pool[] = []
  readonly admin = this.pool({ max: 4 })

  static async make(): Promise<TestSchema> {
    const schema = new TestSchema()
    await schema.admin.query(`create schema ${schema.name}`)
    return schema
  }

  /** A pool, closed with the schema. */
  pool(config: pg.PoolConfig = {}): pg.Pool {
    const pool = new pg.Pool({ connectionString: this.url, ...config })
    pool.on('error', () => {})
    this.#pools.push(pool)
    return pool
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin.query(`drop schema ${this.name} cascade`)
    await Promise.all(this.#pools.filter(({ ended }) => !ended).map((pool) => pool.end()))
  }
}

/**
 * Whether a server answers. Without one, this makes the file a single test that is skipped by a name that says what to do, or
 * that fails where services are required.
 */
export async function hasPostgres(): Promise<boolean> {
  const client = new pg.Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 5000 })
  const problem = await client.connect().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message || error.name : String(error)),
  )
  if (problem === undefined) {
    await client.end()
    return true
  }
  return missingService(
    `PostgreSQL IS NOT TESTED: no server at ${POSTGRES_URL.replace(/:[^:@/]*@/, ':…@')} (${problem}). Set USERSESSIONS_TEST_POSTGRES, or run: docker run --rm -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust -e POSTGRES_DB=test postgres`,
  )
}
