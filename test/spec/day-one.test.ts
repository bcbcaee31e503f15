import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createUserSessions } from '../../src/index.js'
import { loadSqliteDriver } from '../../src/storage/sql/load-sqlite-driver.js'
import { SECRET } from './app.js'
import { faultOf } from './fault-of.js'

/** As a developer without types would call it. */
const create: (options: object) => Promise<unknown> = (options) =>
  Reflect.apply(createUserSessions, undefined, [options])

const MEMORY = { storage: 'memory:', secret: SECRET }

const MISTAKES: readonly (readonly [string, object, string, RegExp])[] = [
  ['no secret', { storage: 'memory:' }, 'secret_missing', /secret: process\.env\.SESSION_SECRET.*randomBytes/s],
  [
    'an environment variable that is not set',
    { storage: 'memory:', secret: undefined },
    'secret_missing',
    /needs a secret/,
  ],
  ['an empty secret', { storage: 'memory:', secret: '' }, 'secret_missing', /needs a secret/],
  ['an empty list of secrets', { storage: 'memory:', secret: [] }, 'secret_missing', /needs a secret/],
  [
    'a short secret',
    { storage: 'memory:', secret: 'keyboard cat' },
    'secret_too_short',
    /12 characters, at least 32.*randomBytes/s,
  ],
  ['one short secret of two', { storage: 'memory:', secret: [SECRET, 'cat'] }, 'secret_too_short', /3 characters/],
  [
    'an option misspelt',
    { ...MEMORY, trackActivty: true },
    'option_unknown',
    /no option 'trackActivty'\. Did you mean 'trackActivity'\?/,
  ],
  [
    'an option that nobody knows',
    { ...MEMORY, colour: 'red' },
    'option_unknown',
    /no option 'colour'\. Options are: storage, secret/,
  ],
  [
    'a flag as text',
    { ...MEMORY, trackActivity: 'true' },
    'option_invalid',
    /'trackActivity' must be true or false, not 'true'/,
  ],
  ['a number as text', { ...MEMORY, touchInterval: '60s' }, 'option_invalid', /'touchInterval' must be a whole number/],
  [
    'a negative number',
    { ...MEMORY, maxSessionsPerUser: 0 },
    'option_invalid',
    /'maxSessionsPerUser' must be a whole number of at least 1/,
  ],
  [
    'proxies that trust everybody',
    { ...MEMORY, trustedProxies: ['0.0.0.0/0'] },
    'option_invalid',
    /trusts every address.*Examples: 1/s,
  ],
  [
    'true for proxies, as Express takes it',
    { ...MEMORY, trustedProxies: true },
    'option_invalid',
    /pass the number of proxies/,
  ],
  [
    'a storage URL misspelt',
    { ...MEMORY, storage: 'sqllite:./x.db' },
    'storage_url_unknown',
    /Known are memory:, sqlite:\.\/path/,
  ],
  ['a storage URL without its colon', { ...MEMORY, storage: 'memory' }, 'storage_url_unknown', /Known are memory:/],
  ['a host in a sqlite URL', { ...MEMORY, storage: 'sqlite://data/x.db' }, 'storage_url_unknown', /sqlite:\.\/path/],
  [
    'a database that is not supported',
    { ...MEMORY, storage: 'mongodb://u:hunter2@h/db' },
    'storage_url_unknown',
    /Known are/,
  ],
  ['no storage', { secret: SECRET }, 'TypeError', /storage/i],
  ['a storage that is none', { ...MEMORY, storage: {} }, 'TypeError', /URL, .*an object that implements Storage/],
  [
    'a table prefix that is none',
    { ...MEMORY, storage: 'sqlite::memory:', tablePrefix: 'x"; drop' },
    'option_invalid',
    /tablePrefix/,
  ],
  [
    'places that are neither a file nor a source',
    { ...MEMORY, places: 5 },
    'option_invalid',
    /'places' must be the path of an \.mmdb file or an object with a function 'locate', not 5/,
  ],
  ['a file of places that is not there', { ...MEMORY, places: './geo.mmdb' }, 'places_unreadable', /looked for at \//],
  [
    'a mail without a sender',
    {
      ...MEMORY,
      trackActivity: true,
      mail: { transport: 'smtp://127.0.0.1', to: () => 'a', pageUrl: 'https://a.example' },
    },
    'option_invalid',
    /mail\.from/,
  ],
]

test.each(MISTAKES)('%s is a coded error that says how to mend it', async (_name, options, code, words) => {
  const fault = await faultOf(() => create(options))
  expect(fault).toEqual({ code, message: expect.stringMatching(words) })
  expect(fault.message).not.toContain('hunter2')
})

test('no options at all are a TypeError that says what is wanted', async () => {
  expect(await faultOf(() => Reflect.apply(createUserSessions, undefined, []))).toMatchObject({
    code: 'TypeError',
    message: expect.stringContaining('options'),
  })
})

test('tables that are missing in a handle of the app are named, with the command that makes them', async () => {
  const Database = createRequire(import.meta.url)('libsql')
  const handle = new Database(':memory:')
  const fault = await faultOf(() => create({ storage: handle, secret: SECRET }))
  expect(fault).toEqual({
    code: 'storage_schema_missing',
    message: expect.stringMatching(/npx usersessions migrate.*migrate: true/),
  })
  const sessions = await createUserSessions({ storage: handle, secret: SECRET, migrate: true })
  await sessions.close()
  const again = await createUserSessions({ storage: handle, secret: SECRET })
  await again.close()
  handle.close()
})

test('tables of another version are named, with what to do', async () => {
  const Database = createRequire(import.meta.url)('libsql')
  const handle = new Database(':memory:')
  await (await createUserSessions({ storage: handle, secret: SECRET, migrate: true })).close()
  const version = "update user_session_meta set value = ? where key in ('schema_version', 'compatible_since')"
  for (const [value, code, words] of [
    ['999', 'storage_schema_new', /install that one/],
    ['0', 'storage_schema_missing', /migrate/],
  ] as const) {
    expect(handle.prepare(version).run(value).changes).toBe(2)
    expect(await faultOf(() => create({ storage: handle, secret: SECRET }))).toMatchObject({
      code,
      message: expect.stringMatching(words),
    })
  }
  handle.close()
})

test('a folder that cannot be written is a coded error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'usersessions-'))
  const fault = await faultOf(() => create({ storage: `sqlite:${folder}`, secret: SECRET }))
  expect(fault).toMatchObject({ code: 'storage_unavailable' })
  await rm(folder, { recursive: true })
})

test('a missing driver is named, with what to install', async () => {
  const missing = [{ module: 'no-such-driver-of-sqlite', exported: 'default' }]
  const fault = await faultOf(() => loadSqliteDriver(missing))
  expect(fault).toEqual({ code: 'storage_driver_missing', message: expect.stringContaining('npm install libsql') })
})

test('a user id that is missing never means everybody', async () => {
  const sessions = await createUserSessions(MEMORY)
  for (const user of [undefined, null, '', Number.NaN, {}, []]) {
    expect(await faultOf(() => Reflect.apply(sessions.user, sessions, [user]))).toMatchObject({ code: 'TypeError' })
  }
  await sessions.close()
})

test('an event that does not exist is a TypeError that lists those that do', async () => {
  const sessions = await createUserSessions(MEMORY)
  const fault = await faultOf(() => Reflect.apply(sessions.on, sessions, ['sessionEnd', () => {}]))
  expect(fault).toEqual({ code: 'TypeError', message: expect.stringContaining('sessionEnded') })
  await sessions.close()
})
