import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'libsql'
import { beforeAll, expect, test } from 'vitest'
import { startApp } from '../../spec/app.js'
import { Browser } from '../../spec/browser.js'
import { COUNTRIES, IN_PORTUGAL } from '../request/place-databases.js'
import { buildCli, Folder } from './cli.js'

const DAY = 86_400_000
const COMMANDS = ['migrate', 'schema', 'list', 'end', 'purge', 'reseal', 'restored', 'prove', 'uninstall']

beforeAll(buildCli, 60_000)

const url = (folder: Folder) => `sqlite:${join(folder.path, 'sessions.db')}`

test('--help lists every command, and every command has a help of its own', async () => {
  await using folder = await Folder.make()
  const help = await folder.usersessions('--help')
  expect(help).toMatchObject({ code: 0, err: '' })
  for (const name of COMMANDS) {
    expect(help.out).toContain(`  ${name} `)
    const own = await folder.usersessions(name, '--help')
    expect(own).toMatchObject({ code: 0, err: '' })
    expect(own.out).toContain(`Usage: usersessions ${name}`)
  }
})

test.each([
  [[], 'Which command?', 'usersessions --help'],
  [['lst'], "no command 'lst'. Did you mean 'list'?", 'usersessions --help'],
  [['frobnicate'], "no command 'frobnicate'.", 'usersessions --help'],
  [['list'], 'one user id', 'usersessions list --help'],
  [['list', 'ada', 'bob'], 'one user id', 'usersessions list --help'],
  [['list', 'ada', '--jsn'], "list has no flag '--jsn'. Did you mean '--json'?", 'usersessions list --help'],
  [['list', 'ada', '--storge', 'x'], "no flag '--storge'. Did you mean '--storage'?", 'usersessions list --help'],
  [['list', 'ada', '-x'], "list has no flag '-x'.", 'usersessions list --help'],
  [['list', 'ada', '--storage'], '--storage needs a value', 'usersessions list --help'],
  [['list', 'ada', '--storage', '--json'], '--storage needs a value', 'usersessions list --help'],
  [['list', 'ada', '--json=yes'], '--json takes no value', 'usersessions list --help'],
  [['end', 'ada'], 'either session ids or --all', 'usersessions end --help'],
  [['end', 'ada', 'id', '--all'], 'either session ids or --all', 'usersessions end --help'],
  [['end', 'ada', '--all', '--reason', 'rekeyed'], "no reason 'rekeyed'", 'usersessions end --help'],
  [['schema', '--dialect', 'dbase'], "no dialect 'dbase'", 'usersessions schema --help'],
  [['schema', '--format', 'yaml'], "no format 'yaml': sql, prisma, drizzle", 'usersessions schema --help'],
  [['schema', '--format', 'prisma', '--partitions', '2'], '--partitions is for --format sql', 'schema --help'],
  [['purge', 'ada'], 'flags only', 'usersessions purge --help'],
])('a command line that makes no sense exits with 2 and points to the help: %j', async (args, problem, hint) => {
  await using folder = await Folder.make()
  const ran = await folder.usersessions(...args)
  expect(ran).toMatchObject({ code: 2, out: '' })
  expect(ran.err).toContain(problem)
  expect(ran.err).toContain(hint)
})

test('--version tells the version of the package', async () => {
  await using folder = await Folder.make()
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8'))
  expect(await folder.usersessions('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
})

test('what cannot be done exits with 1, a code and what to do, and no stack', async () => {
  await using folder = await Folder.make()
  const attempts: [string[], string][] = [
    [['list', 'ada'], 'config_missing: '],
    [['list', 'ada', '--config', 'none.js'], 'config_missing: '],
    [['list', 'ada', '--storage', 'mongodb://root:hunter2@host'], 'storage_url_unknown: '],
    [['list', 'ada', '--storage', url(folder)], 'storage_schema_missing: '],
    [['schema', '--table-prefix', 'x"; drop'], 'option_invalid: '],
  ]
  for (const [args, problem] of attempts) {
    const ran = await folder.usersessions(...args)
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toContain(problem)
    expect(ran.err).not.toMatch(/^\s+at |hunter2/m)
  }
})

test('a config that is none is told to be none', async () => {
  await using folder = await Folder.make()
  const configs: [string, string][] = [
    ['export default {', 'cannot be loaded'],
    ['export const storage = "memory:"', 'must export the options'],
    ['export default []', 'must export the options'],
    ['export default { secret: "x" }', 'Where are the records?'],
  ]
  for (const [text, problem] of configs) {
    await folder.write('usersessions.config.mjs', text)
    const ran = await folder.usersessions('list', 'ada')
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toMatch(/config_invalid: /)
    expect(ran.err).toContain(problem)
  }
  await folder.write('usersessions.config.mjs', 'export default { storage: "memory:", trackActvity: true }')
  expect((await folder.usersessions('list', 'ada')).err).toContain(
    "option_unknown: createUserSessions has no option 'trackActvity'",
  )
})

test('migrate makes the tables that the app then needs, from a config or from flags, again and again (parity row 1)', async () => {
  await using folder = await Folder.make()
  await folder.write(
    'usersessions.config.mjs',
    `export default { storage: 'sqlite:./sessions.db', secret: process.env.NOT_IN_THIS_SHELL ?? '', userId: Number, tablePrefix: 'my_' }`,
  )
  for (const _ of [1, 2]) {
    expect(await folder.usersessions('migrate')).toEqual({ code: 0, out: 'The tables are up to date.\n', err: '' })
  }
  expect(await folder.usersessions('list', '1')).toEqual({ code: 0, out: 'User 1 has no live sessions.\n', err: '' })
  expect((await folder.usersessions('list', '1', '--table-prefix', 'other_')).err).toContain('storage_schema_missing')
})

test('schema prints SQL that makes the tables in an empty database (parity row 1)', async () => {
  await using folder = await Folder.make()
  const { code, out, err } = await folder.usersessions('schema', '--dialect', 'sqlite', '--table-prefix', 'my_')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const database = new Database(join(folder.path, 'sessions.db'))
  database.exec(out)
  database.close()
  expect((await folder.usersessions('list', 'ada', '--storage', url(folder), '--table-prefix', 'my_')).code).toBe(0)
})

test('list shows a user their sessions and nobody else; what a client wrote cannot steer the terminal', async () => {
  await using folder = await Folder.make()
  await using app = await startApp({ sessions: { storage: url(folder), migrate: true } })
  await new Browser(app.url).signIn('ada')
  await new Browser(app.url, { 'user-agent': 'bobs browser' }).signIn('bob')
  const database = new Database(join(folder.path, 'sessions.db'))
  const change = "update user_sessions set user_agent = ?, ip = '127.0.0.1' || ? where user_id = 'ada'"
  database.prepare(change).run('Mozilla/5.0 \u001b[2J\u009b31m\u202e evil\r\n', '\u0007')
  database.close()

  const text = await folder.usersessions('list', 'ada', '--storage', url(folder))
  expect(text).toMatchObject({ code: 0, err: '' })
  expect(text.out.split('\n')).toHaveLength(3)
  expect(text.out).toContain('127.0.0.1')
  expect(text.out).not.toContain('bob')
  const json = await folder.usersessions('list', 'ada', '--storage', url(folder), '--json')
  const [session] = JSON.parse(json.out)
  expect(session).toMatchObject({ user: 'ada', endedAt: null })
  expect(session.userAgent).toContain('\u001b[2J')
  expect(Object.keys(session)).not.toContain('isCurrent')
  for (const { out } of [text, json]) expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
})

test('list says where an address is when the config has places, and no other command opens them', async () => {
  await using folder = await Folder.make()
  await using app = await startApp({ sessions: { storage: url(folder), migrate: true, trustedProxies: 1 } })
  await new Browser(app.url, { 'x-forwarded-for': IN_PORTUGAL }).signIn('ada')
  const config = (places: string) =>
    folder.write(
      'usersessions.config.mjs',
      `export default ${JSON.stringify({ storage: url(folder), secret: '', places })}`,
    )
  await config(COUNTRIES)
  expect((await folder.usersessions('list', 'ada')).out).toContain(`  ${IN_PORTUGAL} (approx. Portugal)  `)
  const [session] = JSON.parse((await folder.usersessions('list', 'ada', '--json')).out)
  expect(session.place).toEqual({ country: 'PT', region: null, city: null })
  await config('none.mmdb')
  expect(await folder.usersessions('list', 'ada')).toMatchObject({
    code: 1,
    err: expect.stringContaining("places_unreadable: places: 'none.mmdb' is not there."),
  })
  expect(await folder.usersessions('purge')).toMatchObject({ code: 0 })
})

test('end ends the sessions named, with reason and by whom, and a running app refuses them', async () => {
  await using folder = await Folder.make()
  await using app = await startApp({ sessions: { storage: url(folder), migrate: true, maxStaleness: 0 } })
  const [one, two] = [new Browser(app.url), new Browser(app.url)]
  await one.signIn('ada')
  await two.signIn('ada')
  const [session] = (await app.sessions.user('ada').list()).slice(-1)
  const id = session?.id ?? ''
  const flags = ['--storage', url(folder)]

  expect(await folder.usersessions('end', 'bob', id, ...flags)).toEqual({
    code: 1,
    out: 'Ended 0 sessions.\n',
    err: `Not a live session of this user: ${id}\n`,
  })
  expect(await folder.usersessions('end', 'ada', id, ...flags)).toEqual({ code: 0, out: 'Ended 1 session.\n', err: '' })
  const statuses = await Promise.all([one, two].map(async (browser) => (await browser.json('/me')).status))
  expect(statuses.sort()).toEqual([200, 401])
  expect(await app.sessions.user('ada').get(id)).toMatchObject({ endReason: 'admin', endedBy: 'cli' })

  const all = await folder.usersessions(
    'end',
    'ada',
    '--all',
    '--reason',
    'credentials-changed',
    '--by',
    'ops',
    ...flags,
  )
  expect(all).toEqual({ code: 0, out: 'Ended 1 session.\n', err: '' })
  const none = await folder.usersessions('end', 'nobody', '--all', ...flags)
  expect(none).toEqual({ code: 0, out: 'User nobody has no live sessions.\n', err: '' })
  for (const browser of [one, two]) expect((await browser.json('/me')).status).toBe(401)
})

test('purge tells the true count, and with --dry-run only counts (parity row 14)', async () => {
  await using folder = await Folder.make()
  {
    const clock = () => Date.now() - 100 * DAY
    await using app = await startApp({ sessions: { storage: url(folder), migrate: true, clock } })
    for (const user of ['ada', 'ada', 'bob']) await new Browser(app.url).signIn(user)
  }
  await using app = await startApp({ sessions: { storage: url(folder) } })
  await new Browser(app.url).signIn('ada')
  const purge = (...flags: string[]) => folder.usersessions('purge', '--storage', url(folder), ...flags)
  expect(await purge('--dry-run')).toEqual({ code: 0, out: 'Would purge 3 stale sessions.\n', err: '' })
  expect(await purge()).toEqual({ code: 0, out: 'Purged 3 stale sessions.\n', err: '' })
  expect(await purge()).toEqual({ code: 0, out: 'Purged 0 stale sessions.\n', err: '' })
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})
