import { afterAll, describe, expect, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.js'
import { partitionedPostgres } from '../../src/storage/sql/partitions.js'
import { postgres } from '../../src/storage/sql/postgres.js'
import { schemaStatements } from '../../src/storage/sql/schema-statements.js'
import { Stage } from '../../src/testing/storage/stage.js'
import { interceptedPool } from './intercepted-pool.js'
import { manySessions } from './many-sessions.js'
import { hasPostgres, TestSchema } from './postgres-server.js'
import { useEverything } from './use-everything.js'

const TABLES = [
  ['one table', postgres],
  ['eight hash partitions', partitionedPostgres(8)],
] as const

if (await hasPostgres()) {
  describe.each(TABLES)('%s', async (_name, dialect) => {
    const schema = await TestSchema.make()
    afterAll(() => schema[Symbol.asyncDispose]())
    for (const statement of schemaStatements(dialect)) await schema.admin.query(statement)
    // The middle of a day, so that no touch here moves an expiry past midnight.
    const noon = Math.floor(1_800_000_000_000 / 86_400_000) * 86_400_000 + 43_200_000
    const sessions = await manySessions(schema.admin, 50_000, 1000, noon)
    await schema.admin.query('vacuum analyze user_sessions')

    test('2000 touches of 50,000 sessions write no index: all of them are HOT', async () => {
      const pool = schema.pool()
      const storage = await openStorage(pool)
      const touched = sessions.filter((_, n) => n % 25 === 0)
      const batch = touched.map((each) => ({ ...each, lastSeenAt: noon + 60_000, expiresAt: noon + 120_000 }))
      expect(await storage.touch(batch)).toEqual([])
      // A connection reports what it did at the latest when it closes.
      await pool.end()
      const counts = async () => {
        const { rows } = await schema.admin.query(
          `select sum(n_tup_upd)::int as updated, sum(n_tup_hot_upd)::int as hot from pg_stat_user_tables where schemaname = $1
             and relname like 'user_sessions%'`,
          [schema.name],
        )
        return rows
      }
      await expect.poll(counts, { timeout: 15_000 }).toEqual([{ updated: 2000, hot: 2000 }])
    })

    test('a page of a walk reads its own rows and sorts nothing, wherever it begins', async () => {
      const ran: { text: string; values: unknown[] }[] = []
      const pool = interceptedPool(schema.pool(), ({ text, values, run }) => {
        ran.push({ text, values })
        return run()
      })
      const { walk } = await openStorage(pool)
      for (const after of [undefined, sessions[0], sessions.find(({ userId }) => userId === 'user 900')]) {
        expect(await walk?.(100, after)).toHaveLength(100)
        const { text = '', values = [] } = ran.at(-1) ?? {}
        const { rows } = await schema.admin.query(`explain (analyze, timing off, costs off) ${text}`, values)
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        expect(plan).not.toMatch(/Seq Scan|Sort \(/)
        for (const [, read] of plan.matchAll(/Scan.*actual rows=(\d+)/g)) expect(Number(read), plan).toBeLessThan(1000)
      }
    })

    test('every statement but a search reaches its rows through an index', async () => {
      const ran = new Map<string, unknown[]>()
      const pool = interceptedPool(schema.pool(), ({ text, values, run }) => {
        ran.set(text, values)
        return run()
      })
      const stage: Stage = new Stage(await openStorage(pool, { clock: () => stage.now }))
      await useEverything(stage)
      const client = await schema.admin.connect()
      await client.query('set enable_seqscan = off')
      const read = [...ran].filter(([text]) => /^(select|with|update|delete)/.test(text.trim()))
      expect(read.length).toBeGreaterThan(15)
      for (const [text, values] of read) {
        const { rows } = await client.query(`explain ${text}`, values)
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        expect(plan, text).not.toMatch(/Seq Scan/)
        if (/"user_id" = /.test(text)) expect(partitionsIn(plan), `${text}\n${plan}`).toBeLessThanOrEqual(1)
      }
      client.release()
    })
  })
}

/** How many partitions a plan goes to. */
function partitionsIn(plan: string): number {
  return new Set([...plan.matchAll(/ on (user_sessions_\d+)/g)].map(([, name]) => name)).size
}
