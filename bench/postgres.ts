import { randomBytes } from 'node:crypto'
import pg from 'pg'

const URL = process.env.USERSESSIONS_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/test'

/** A schema of its own on the local server, dropped when the bench is over. */
export interface BenchSchema extends AsyncDisposable {
  readonly name: string
  readonly url: string
}

/** A pool whose tables are in this schema. */
export function poolIn(url: string, max = 10): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max })
  pool.on('error', () => {})
  return pool
}

export async function makeSchema(): Promise<BenchSchema> {
  const name = `usersessions_bench_${randomBytes(4).toString('hex')}`
  const admin = poolIn(URL, 1)
  await admin.query(`create schema ${name}`)
  return {
    name,
    url: `${URL}${URL.includes('?') ? '&' : '?'}options=-c%20search_path%3D${name}`,
    async [Symbol.asyncDispose]() {
      await admin.query(`drop schema if exists ${name} cascade`)
      await admin.end()
    },
  }
}
