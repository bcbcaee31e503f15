import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { Demo } from '../browser/demo.js'
import { Browser } from '../spec/browser.js'
import { hasPostgres, POSTGRES_URL } from './postgres-server.js'

const ADA = { email: 'ada@example.com', login: 'ada@example.com', password: 'correct horse' }

if (await hasPostgres()) {
  const name = `usersessions_demo_${randomBytes(6).toString('hex')}`
  const url = Object.assign(new URL(POSTGRES_URL), { pathname: `/${name}` }).href
  const admin = new pg.Pool({ connectionString: POSTGRES_URL, max: 1 })
  await admin.query(`create database ${name}`)
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  afterAll(async () => {
    await pool.end()
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })

  const listed = async (browser: Browser) => (await browser.json('/api/auth/sessions')).body

  test('on an empty PostgreSQL database the demo keeps all of it there, and who is signed in stays so over a restart', async () => {
    await using demo = await Demo.start({ DATABASE_URL: url })
    const [one, two] = [new Browser(demo.url), new Browser(demo.url)]
    expect((await one.post('/accounts/signup/', ADA)).status).toBe(303)
    expect((await two.post('/accounts/login/', ADA)).status).toBe(303)
    expect(await listed(one)).toMatchObject({ data: [{ is_current: true }, { is_current: false }] })
    const { rows } = await pool.query(
      "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
    )
    const tables = ['session', 'user_session_meta', 'user_session_users', 'user_sessions', 'users']
    expect(rows.map((row) => row.name)).toEqual(tables)
    expect(await readdir(demo.dataDir)).toEqual(['secret'])

    expect(await demo.stop()).toBe(0)
    await demo.run()
    expect(await listed(one)).toMatchObject({ data: [{ is_current: true }, { is_current: false }] })
    expect((await one.post('/accounts/sessions/')).status).toBe(303)
    expect(await listed(two)).toMatchObject({ status: 401 })
    expect((await pool.query('select 1 from session')).rowCount).toBe(1)
    const { rows: ended } = await pool.query(
      'select end_reason as reason from user_sessions where ended_at is not null',
    )
    expect(ended).toEqual([{ reason: 'other-session' }])
    expect(await (await two.get('/accounts/login/')).text()).toContain('signed out from another of your devices')

    expect(await demo.stop()).toBe(0)
    expect(demo.output).toBe(`${demo.url}\n`)
  })

  test('a database that is not there, and a URL of another kind, are said in one line that shows no password', async () => {
    await using demo = await Demo.start({ DATABASE_URL: url })
    const gone = Object.assign(new URL(url), { host: '127.0.0.1:1', password: 'hunter2' }).href
    const problems = [
      [gone, /^DATABASE_URL: .*ECONNREFUSED.*\n$/],
      ['mysql://app:hunter2@db/app', /^DATABASE_URL must begin with postgres:.+\n$/],
    ] as const
    for (const [DATABASE_URL, problem] of problems) {
      const [code] = await once(demo.spawn({ DATABASE_URL }), 'close')
      expect(code).toBe(1)
      expect(demo.output).toMatch(problem)
      expect(demo.output).not.toContain('hunter2')
    }
  })
}
