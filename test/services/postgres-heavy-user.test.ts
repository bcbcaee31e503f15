import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { uuidv7 } from '../../src/sessions/uuidv7.js'
import { openStorage } from '../../src/storage/open-storage.js'
import { interceptedPool } from './intercepted-pool.js'
import { manySessions } from './many-sessions.js'
import { hasPostgres, TestSchema } from './postgres-server.js'

const NOW = 1_800_000_000_000
const USER = 'user 0'
const SESSIONS = 300

if (await hasPostgres()) {
  describe('a user with 300 sessions, where others have one and the statistics know no more than that', async () => {
    const schema = await TestSchema.make()
    afterAll(() => schema[Symbol.asyncDispose]())
    await (await openStorage(schema.admin, { migrate: true })).close()
    await manySessions(schema.admin, 5000, 5000, NOW)
    await schema.admin.query('vacuum analyze user_sessions')

    /** How many rows all steps of the plans of what a piece of work writes went through. */
    async function rowsRead(work: (storage: Awaited<ReturnType<typeof openStorage>>) => Promise<unknown>) {
      await manySessions(schema.admin, SESSIONS, 1, NOW)
      let rows = 0
      const pool = interceptedPool(schema.pool(), async ({ text, values, run }) => {
        if (/^(update|delete from) "user_sessions"/.test(text)) rows += await explained(schema, text, values)
        return run()
      })
      await work(await openStorage(pool))
      return rows
    }

    test.each([
      ['an end of all but one', (storage) => storage.end(USER, { except: [randomUUID()] }, how())],
      ['a sign-in at a cap of ten', (storage) => storage.record(signIn(), { max: 10, ending: how() })],
      ['a move to another id', (storage) => storage.moveUser(USER, 'another')],
      ['an erasure', (storage) => storage.erase(USER)],
    ] satisfies [
      string,
      Parameters<typeof rowsRead>[0],
    ][])('%s looks at each of them a few times, and not once for each other one', async (_what, work) => {
      const rows = await rowsRead(work)
      expect(rows).toBeGreaterThan(SESSIONS / 2)
      expect(rows).toBeLessThan(20 * SESSIONS)
    })
  })
}

function how() {
  return { reason: 'app', by: null, at: NOW, endingId: randomUUID() } as const
}

function signIn() {
  const client = { ip: null, userAgent: null, hints: null, name: null, data: null }
  const times = { createdAt: NOW + 1, lastSeenAt: NOW + 1, authenticatedAt: NOW + 1, expiresAt: NOW + 2 }
  return {
    id: uuidv7(NOW + 1),
    userId: USER,
    keyHash: Buffer.alloc(32, randomUUID()),
    sealedKey: null,
    ...client,
    ...times,
  }
}

interface Plan {
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly Plans?: readonly Plan[]
}

/** Runs a statement to see what it reads, and takes it back. */
async function explained(schema: TestSchema, text: string, values: readonly unknown[]): Promise<number> {
  const client = await schema.admin.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query(`explain (analyze, format json) ${text}`, [...values])
    return readBy(rows[0]['QUERY PLAN'][0].Plan)
  } finally {
    await client.query('rollback')
    client.release()
  }
}

function readBy(plan: Plan): number {
  const below = (plan.Plans ?? []).map(readBy).reduce((sum, each) => sum + each, 0)
  return plan['Actual Rows'] * plan['Actual Loops'] + below
}
