import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../../src/cli/run-cli.js'
import { createUserSessions } from '../../src/index.js'
import { SECRET, startApp } from './app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'

const DAY = 86_400_000
let folder = ''
let storage = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'usersessions-'))
  storage = `sqlite:${join(folder, 'sessions.db')}`
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const lines = { out: '', err: '' }
  const flags = args[0] === 'schema' ? [] : ['--storage', storage]
  const code = await runCli([...args, ...flags], {
    out: (line) => {
      lines.out += `${line}\n`
    },
    err: (line) => {
      lines.err += `${line}\n`
    },
  })
  return { code, ...lines }
}

test('parity row 1: `usersessions migrate` makes the tables, and may be run again', async () => {
  const open = () => createUserSessions({ storage, secret: SECRET, migrate: false })
  await expect(open()).rejects.toMatchObject({ code: 'storage_schema_missing' })
  for (let run = 0; run < 2; run++) expect(await cli('migrate')).toMatchObject({ code: 0, err: '' })
  await (await open()).close()
})

test('parity row 1: `usersessions schema` prints the SQL for people with their own migration tool, and it is all that is needed', async () => {
  const { code, out } = await cli('schema', '--dialect', 'sqlite')
  expect(code).toBe(0)
  const handle = new (createRequire(import.meta.url)('libsql'))(':memory:')
  handle.exec(out)
  await using app = await startApp({ sessions: { storage: handle, migrate: false } })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  expect((await ada.json('/me')).status).toBe(200)
})

test('parity row 14: `usersessions purge` says truly how many, and `--dry-run` deletes none', async () => {
  // The tool tells the time by itself, so the sessions began long ago.
  const clock = fakeClock(Date.now() - 200 * DAY)
  {
    await using app = await startApp({ sessions: { storage, clock: clock.now, purgeInterval: 0 } })
    for (const user of ['ada', 'ada', 'bob']) await new Browser(app.url).signIn(user)
  }
  expect(await cli('purge', '--dry-run')).toMatchObject({ code: 0, out: 'Would purge 3 stale sessions.\n' })
  expect(await cli('purge')).toMatchObject({ code: 0, out: 'Purged 3 stale sessions.\n' })
  expect(await cli('purge')).toMatchObject({ code: 0, out: 'Purged 0 stale sessions.\n' })
})

test('parity row 17: ending from the command line ends the session in a running app', async () => {
  const clock = fakeClock(Date.now())
  await using app = await startApp({ sessions: { storage, clock: clock.now } })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  expect((await cli('list', 'ada')).out).toContain('127.0.0.1')
  expect(await cli('end', 'ada', '--all')).toMatchObject({ code: 0 })
  clock.advance(10_001)
  expect(await ada.json('/me')).toEqual({ status: 401, body: { user: null, reason: 'admin' } })
})
