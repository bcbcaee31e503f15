import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import session from 'express-session'
import { beforeAll, expect, test } from 'vitest'
import { SECRET, startApp } from '../../spec/app.js'
import { Browser } from '../../spec/browser.js'
import { buildCli, Folder } from './cli.js'

beforeAll(buildCli, 60_000)

const require = createRequire(import.meta.url)

/** A config that hands over the app's store, on files, as another process has to. */
async function writeConfig(folder: Folder, storage: string): Promise<{ store: session.Store }> {
  const options = { path: join(folder.path, 'app-sessions'), retries: 0, logFn: () => {} }
  const FileStore = require('session-file-store')(session)
  await writeFile(
    join(folder.path, 'usersessions.config.mjs'),
    `import { createRequire } from 'node:module'
const require = createRequire(${JSON.stringify(import.meta.url)})
const FileStore = require('session-file-store')(require('express-session'))
export default {
  storage: ${JSON.stringify(storage)},
  secret: ${JSON.stringify(SECRET)},
  store: new FileStore({ path: ${JSON.stringify(options.path)}, retries: 0, reapInterval: -1, logFn: () => {} }),
}
`,
  )
  return { store: new FileStore({ ...options, reapInterval: -1 }) }
}

test('purge ends what the app’s store no longer has, when the config hands the store over', async () => {
  await using folder = await Folder.make()
  const storage = `sqlite:${join(folder.path, 'sessions.db')}`
  const { store } = await writeConfig(folder, storage)
  // Long enough ago to be no sign-in that is just being saved.
  await using app = await startApp({ store, sessions: { storage, clock: () => Date.now() - 60_000 } })
  const [ada, bob, gone] = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  await ada.signIn('ada')
  await bob.signIn('bob')
  await gone.signIn('ada')
  const key = decodeURIComponent(gone.cookies.get('connect.sid') ?? '')
    .slice(2)
    .split('.')[0]
  await new Promise((resolve) => store.destroy(String(key), resolve))

  const counted = await folder.usersessions('purge', '--dry-run')
  expect(counted).toMatchObject({ code: 0 })
  expect(counted.out).toBe('Would end 1 session that the session store no longer has.\nWould purge 0 stale sessions.\n')
  const purged = await folder.usersessions('purge')
  expect(purged.out).toBe('Ended 1 session that the session store no longer has.\nPurged 0 stale sessions.\n')
  expect((await folder.usersessions('purge')).out).toContain('Ended 0 sessions')
  expect((await app.sessions.user('ada').history()).map(({ endReason }) => endReason)).toEqual(['expired'])
  expect((await ada.json('/me')).status).toBe(200)
  expect((await bob.json('/me')).status).toBe(200)
})

test('an end from the shell reaches the app’s store, when the config hands it over', async () => {
  await using folder = await Folder.make()
  const storage = `sqlite:${join(folder.path, 'sessions.db')}`
  const { store } = await writeConfig(folder, storage)
  await using app = await startApp({ store, sessions: { storage } })
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  const key = decodeURIComponent(ada.cookies.get('connect.sid') ?? '')
    .slice(2)
    .split('.')[0]
  expect((await folder.usersessions('end', 'ada', '--all')).code).toBe(0)
  const left = await new Promise((resolve) => store.get(String(key), (_error, data) => resolve(data ?? null)))
  expect(left).toBeNull()
  expect((await ada.json('/me')).status).toBe(401)
})

test('restored gives the storage another id, and says so', async () => {
  await using folder = await Folder.make()
  const storage = `sqlite:${join(folder.path, 'sessions.db')}`
  await folder.usersessions('migrate', '--storage', storage)
  const ran = await folder.usersessions('restored', '--storage', storage)
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(ran.out).toContain('Told.')
})

test('reseal takes the secrets of the config, says how many, and that one is missing', async () => {
  await using folder = await Folder.make()
  const storage = `sqlite:${join(folder.path, 'sessions.db')}`
  const fresh = 'a fresh secret of at least 32 letters'
  {
    await using app = await startApp({ sessions: { storage } })
    for (const user of ['ada', 'bob']) await new Browser(app.url).signIn(user)
  }
  const reseal = async (...secret: string[]) => {
    await folder.write('usersessions.config.mjs', `export default ${JSON.stringify({ storage, secret })}`)
    return folder.usersessions('reseal')
  }
  expect(await reseal(fresh)).toEqual({
    code: 1,
    out: 'Sealed 0 sessions anew.\n',
    err: '2 sessions could not be opened with any secret of the config: is one missing?\n',
  })
  expect(await reseal(fresh, SECRET)).toEqual({ code: 0, out: 'Sealed 2 sessions anew.\n', err: '' })
  expect(await reseal(fresh)).toEqual({ code: 0, out: 'Sealed 0 sessions anew.\n', err: '' })
  await folder.write('usersessions.config.mjs', `export default ${JSON.stringify({ storage })}`)
  expect((await folder.usersessions('reseal')).err).toContain('config_invalid: This takes the secrets of the app')
})

test('uninstall says what it would do, and does it with --yes', async () => {
  await using folder = await Folder.make()
  const flags = ['--storage', `sqlite:${join(folder.path, 'sessions.db')}`, '--table-prefix', 'my_']
  await folder.usersessions('migrate', ...flags)
  const asked = await folder.usersessions('uninstall', ...flags)
  expect(asked).toMatchObject({ code: 1, err: expect.stringContaining('--yes') })
  expect(asked.out).toContain(
    'Would drop my_sessions, my_session_users, my_session_meta (sqlite), with the records of 0 sessions.',
  )
  const done = await folder.usersessions('uninstall', '--yes', ...flags)
  expect(done).toEqual({
    code: 0,
    err: '',
    out: 'Dropped my_sessions, my_session_users, my_session_meta (sqlite), with the records of 0 sessions.\n',
  })
  expect((await folder.usersessions('uninstall', '--yes', ...flags)).err).toContain('storage_schema_missing')
  expect((await folder.usersessions('uninstall', '--storage', 'memory:')).code).toBe(2)
})
