import { storageClosed } from '../storage-closed.js'
import type { PgClient, PgPool, PgQuery, PgResult } from './pg-pool.js'
import { postgresFault } from './postgres-fault.js'
import type { Runner } from './runner.js'
import { UnknownOutcome } from './unknown-outcome.js'
import { type Fault, withRetries } from './with-retries.js'
import type { Step, Work } from './work.js'

/** Five tries, each of which waits for a lock for little more than a second, are about six seconds. */
const RETRIES = 4
/** Until an answer: without an end, connections that a network has forgotten would fill up the pool. Milliseconds. */
const PATIENCE = 30_000
// The level by name: the app's database may have another default, at which a look after a wait would see nothing new. The
// timeout is longer than the second after which the server looks for a circle of waits, and ends just one of them.
const BEGIN = "begin isolation level read committed; set local lock_timeout = '1200ms'"
const BEGIN_RELAXED = `${BEGIN}; set local synchronous_commit = off`

/** How a {@link Runner} of PostgreSQL is set up. */
export interface PostgresRunnerOptions {
  /** Whether `close` ends the pool; false for one that the app made. */
  readonly owned: boolean
  /** Hears of every statement before it runs, `begin` and `commit` too. */
  readonly onStatement?: ((sql: string) => void) | undefined
  /** How often work that met a lock is run again. Default is 4: about six seconds. */
  readonly retries?: number | undefined
}

type Query = (query: PgQuery) => Promise<PgResult>

/** Runs work on a pool of `pg`: a single statement on any connection, a transaction on one of its own. */
export function postgresRunner(pool: PgPool, options: PostgresRunnerOptions): Runner {
  const { owned, onStatement, retries = RETRIES } = options
  let closed = false
  const heard =
    (to: Pick<PgPool, 'query'>): Query =>
    (query) => {
      onStatement?.(query.text)
      return to.query(query)
    }
  const heardInTime = (to: Pick<PgPool, 'query'>): Query => {
    const query = heard(to)
    return (each) => query({ ...each, query_timeout: PATIENCE })
  }
  const retrying = async <T>(attempt: () => Promise<T>): Promise<T> => {
    if (closed) throw storageClosed()
    return withRetries(attempt, faultOf, retries)
  }
  return {
    run: (work) => retrying(() => finish(heardInTime(pool), work())),
    transaction: (work) => retrying(() => borrowing(pool, (client) => transaction(heardInTime(client), BEGIN, work))),
    relaxed: (work) =>
      retrying(() => borrowing(pool, (client) => transaction(heardInTime(client), BEGIN_RELAXED, work))),
    migration: (_, work) => retrying(() => borrowing(pool, (client) => transaction(heard(client), BEGIN, work))),
    async close() {
      if (closed) return
      closed = true
      if (owned) await pool.end?.()
    },
  }
}

function faultOf(error: unknown): Fault {
  return error instanceof UnknownOutcome ? 'unavailable' : postgresFault(error)
}

/** Lends a connection for `use`, and takes it back whatever happens; one that may be in the middle of something is closed. */
async function borrowing<T>(pool: PgPool, use: (client: PgClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = false
  // Without a listener, a connection that breaks between two statements would end the process.
  const onError = () => {
    broken = true
  }
  client.on('error', onError)
  try {
    return await use(client)
  } catch (error) {
    // One that gave no answer in time would give none to this either.
    broken ||= isSilence(error) || !(await rolledBack(client))
    throw error
  } finally {
    client.removeListener('error', onError)
    client.release(broken)
  }
}

async function transaction<T>(query: Query, begin: string, work: () => Work<T>): Promise<T> {
  await query({ text: begin, values: [] })
  const result = await finish(query, work())
  const { command } = await query({ text: 'commit', values: [] }).catch((error: unknown) => {
    throw postgresFault(error) === 'busy' ? error : new UnknownOutcome(error)
  })
  // A transaction in which a statement failed answers a commit with ROLLBACK and no error.
  if (command !== 'COMMIT') throw new Error(`The transaction was not committed: ${command}.`)
  return result
}

async function finish<T>(query: Query, work: Work<T>): Promise<T> {
  let step = work.next()
  while (!step.done) step = work.next(await answer(query, step.value))
  return step.value
}

async function answer(query: Query, { query: { sql, parameters } }: Step) {
  const { rows, rowCount } = await query({ text: sql, values: [...parameters] })
  return { rows, affected: rowCount ?? 0 }
}

function isSilence(error: unknown): boolean {
  const cause = error instanceof UnknownOutcome ? error.cause : error
  return cause instanceof Error && cause.message === 'Query read timeout'
}

async function rolledBack(client: PgClient): Promise<boolean> {
  return client.query({ text: 'rollback', values: [] }).then(
    () => true,
    () => false,
  )
}
