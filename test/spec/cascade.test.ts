import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import session from 'express-session'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createUserSessions, type EndReason, type UserSessions } from '../../src/index.js'
import { compiledSource } from '../unit/storage/compiled-source.js'
import { type AppOptions, SECRET, startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'
import { fakeClock } from './fake-clock.js'
import { faultOf } from './fault-of.js'

const MINUTE = 60_000
const folder = await mkdtemp(join(tmpdir(), 'usersessions-cascade-'))
afterAll(() => rm(folder, { recursive: true }))
let files = 0
const file = () => `sqlite:${join(folder, `${++files}.db`)}`

/** What a cascade was called for: session id and reason. */
type Calls = (readonly [id: string, reason: EndReason])[]

function register(sessions: UserSessions): Calls {
  const calls: Calls = []
  sessions.cascade('tokens', ({ user, session, ending }) => {
    expect(session.user).toBe(user)
    expect(session.endReason).toBe(ending.reason)
    calls.push([session.id, ending.reason])
  })
  return calls
}

const routes: AppOptions['routes'] = (express, us) => {
  express.post('/become', (request, response) => {
    if (request.query.user === undefined) delete request.session.userId
    else request.session.userId = String(request.query.user)
    response.send('done')
  })
  express.post('/end-all-here', async (request, response) => {
    const mine = us.of(request)
    response.json(await mine.end((await mine.list()).map(({ id }) => id)))
  })
}

/** Two browsers of one user, the first one first. */
async function twoSessions(app: TestApp, clock = fakeClock()) {
  const [one, two] = [new Browser(app.url), new Browser(app.url)]
  await one.signIn('ada')
  const [first] = await app.sessions.user('ada').list()
  clock.advance(1)
  await two.signIn('ada')
  const second = (await app.sessions.user('ada').list()).find(({ id }) => id !== first?.id)
  if (!first || !second) throw new Error('There are not two sessions.')
  return { one, two, first: first.id, second: second.id }
}

type Way = (
  app: TestApp,
  parts: Awaited<ReturnType<typeof twoSessions>>,
  clock: { advance(ms: number): void },
) => unknown

const WAYS: readonly (readonly [title: string, reasons: readonly (EndReason | undefined)[], way: Way])[] = [
  ['a logout of the app', ['user'], (_app, { one }) => one.post('/logout')],
  ['a sign-out by clearing', ['user'], (_app, { one }) => one.post('/become')],
  ['another user under the same key', ['switched'], (_app, { one }) => one.post('/become?user=grace')],
  ['an end by the app', ['admin'], (app, { first }) => app.sessions.user('ada').end([first], { reason: 'admin' })],
  ['an end of all', ['app', 'app'], (app) => app.sessions.user('ada').endAll()],
  [
    'an end of the others on the page',
    [undefined, 'other-session'],
    (_app, { one }) => one.post('/accounts/sessions/'),
  ],
  ['an end of all from within', ['user', 'other-session'], (_app, { one }) => one.post('/end-all-here')],
  ['a block', ['blocked', 'blocked'], (app) => app.sessions.user('ada').block()],
  ['an erasure', ['app', 'app'], (app) => app.sessions.user('ada').erase()],
  ['a limit', ['limit'], (app) => new Browser(app.url).signIn('ada')],
  [
    'an expiry in the store',
    ['expired', 'expired'],
    async (app, _parts, clock) => {
      clock.advance(20_000)
      Reflect.set(app.store, 'sessions', Object.create(null))
      await app.sessions.user('ada').list()
    },
  ],
]

describe('what hangs on a session goes once, however it ends', () => {
  test.each(WAYS)('%s', async (_title, [first, second], way) => {
    const clock = fakeClock()
    const sessions = { clock: clock.now, maxSessionsPerUser: 2 }
    await using app = await startApp({ store: new session.MemoryStore(), sessions, routes })
    const calls = register(app.sessions)
    const parts = await twoSessions(app, clock)
    clock.advance(1)
    const expected = [...(first ? [[parts.first, first]] : []), ...(second ? [[parts.second, second]] : [])]
    await way(app, parts, clock)
    await vi.waitFor(() => expect(calls).toHaveLength(expected.length))
    expect([...calls].sort()).toEqual(expected.sort())
    clock.advance(2 * MINUTE)
    await app.sessions.flush()
    expect(calls).toHaveLength(expected.length)
  })
})

test('a session whose key changes is no ended one, neither now nor for a sweep', async () => {
  const clock = fakeClock()
  await using app = await startApp({ sessions: { clock: clock.now } })
  const calls = register(app.sessions)
  const browser = new Browser(app.url)
  for (let i = 0; i < 3; i++) {
    await browser.signIn('ada')
    clock.advance(2 * MINUTE)
    await app.sessions.flush()
  }
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  expect(calls).toEqual([])
})

test('everyone signed out at once calls no cascade', async () => {
  const clock = fakeClock()
  await using app = await startApp({ sessions: { clock: clock.now } })
  const calls = register(app.sessions)
  await twoSessions(app)
  await app.sessions.everyone.end()
  clock.advance(2 * MINUTE)
  await app.sessions.flush()
  expect(calls).toEqual([])
})

test('what hangs on a session is gone when `end` resolves, and the session is refused before it goes', async () => {
  await using app = await startApp()
  const { one, first } = await twoSessions(app)
  let status = 0
  app.sessions.cascade('tokens', async () => {
    status = (await one.json('/me')).status
  })
  await app.sessions.user('ada').end([first])
  expect(status).toBe(401)
})

test('a sign-in that pushes another session out waits for no cascade', async () => {
  await using app = await startApp({ sessions: { maxSessionsPerUser: 1 } })
  let release = () => {}
  const called = vi.fn(() => new Promise<void>((resolve) => (release = resolve)))
  app.sessions.cascade('slow', called)
  await new Browser(app.url).signIn('ada')
  const before = performance.now()
  await new Browser(app.url).signIn('ada')
  expect(performance.now() - before).toBeLessThan(1_900)
  expect(called).toHaveBeenCalledTimes(1)
  release()
})

test('a cascade that throws un-ends nothing and keeps no other from being called', async () => {
  await using app = await startApp({ sessions: { logger: { warn() {}, error() {} } } })
  app.sessions.cascade('throws', () => {
    throw new Error('no')
  })
  app.sessions.cascade('rejects', () => Promise.reject(new Error('no')))
  const calls = register(app.sessions)
  const { one, first, second } = await twoSessions(app)
  expect(await app.sessions.user('ada').endAll()).toHaveLength(2)
  expect(calls.map(([id]) => id).sort()).toEqual([first, second].sort())
  expect((await one.json('/me')).status).toBe(401)
})

test('a name that is empty or taken and a handler that is no function are refused; an unregistered name is free', async () => {
  await using app = await startApp()
  const { sessions } = app
  const stop = sessions.cascade('tokens', () => {})
  for (const [name, handler] of [
    ['', () => {}],
    [undefined, () => {}],
    ['tokens', () => {}],
    ['push', undefined],
  ]) {
    expect((await faultOf(() => Reflect.apply(sessions.cascade, sessions, [name, handler]))).code).toBe('TypeError')
  }
  stop()
  const calls = register(sessions)
  stop()
  await twoSessions(app)
  await sessions.user('ada').endAll()
  expect(calls).toHaveLength(2)
})

test('an end by a process without a cascade, a shell for example, is made up for by one that has it', async () => {
  const clock = fakeClock()
  const storage = file()
  await using app = await startApp({ sessions: { storage, clock: clock.now } })
  const calls = register(app.sessions)
  await app.sessions.flush()
  const { first } = await twoSessions(app)
  const shell = await createUserSessions({ storage, secret: SECRET, clock: clock.now })
  await shell.user('ada').end([first], { reason: 'admin' })
  await shell.close()
  await app.sessions.flush()
  expect(calls).toEqual([])
  clock.advance(MINUTE + 1)
  await app.sessions.flush()
  expect(calls).toEqual([[first, 'admin']])
  clock.advance(2 * MINUTE)
  await app.sessions.flush()
  expect(calls).toHaveLength(1)
})

test('so is a logout there, and what a limit pushed out, but not the old key of a session that lives on', async () => {
  const clock = fakeClock()
  const options = { storage: file(), clock: clock.now }
  const node = await createUserSessions({ ...options, secret: SECRET })
  const calls = register(node)
  await node.flush()
  await using app = await startApp({ sessions: { ...options, maxSessionsPerUser: 2 } })
  const { one, two, first, second } = await twoSessions(app)
  clock.advance(1)
  await one.post('/logout')
  await vi.waitFor(async () => expect(await app.sessions.user('ada').list()).toHaveLength(1))
  clock.advance(1)
  await two.signIn('ada')
  const grace = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  for (const browser of grace) {
    clock.advance(1)
    await browser.signIn('grace')
  }
  clock.advance(MINUTE + 10)
  await node.flush()
  expect(calls).toContainEqual([first, 'user'])
  expect(calls.map(([, reason]) => reason).sort()).toEqual(['limit', 'user'])
  expect(calls.map(([id]) => id)).not.toContain(second)
  await node.close()
})

test('two processes that sweep at once leave nothing undone, and nothing to do', async () => {
  const clock = fakeClock()
  const sessions = { storage: file(), clock: clock.now }
  await using app = await startApp({ sessions })
  const nodes = await Promise.all([1, 2].map(() => createUserSessions({ ...sessions, secret: SECRET })))
  const calls = nodes.map(register)
  await Promise.all(nodes.map((node) => node.flush()))
  const shell = await createUserSessions({ ...sessions, secret: SECRET })
  const { first, second } = await twoSessions(app)
  await shell.user('ada').endAll()
  clock.advance(MINUTE + 1)
  await Promise.all(nodes.map((node) => node.flush()))
  const called = calls.flat()
  expect(new Set(called.map(([id]) => id))).toEqual(new Set([first, second]))
  clock.advance(2 * MINUTE)
  await Promise.all(nodes.map((node) => node.flush()))
  expect(calls.flat()).toHaveLength(called.length)
  for (const node of [...nodes, shell]) await node.close()
})

test('what a process killed within its cascade left undone, another process does', async () => {
  const source = await compiledSource(/./)
  let ahead = 0
  const storage = file()
  await using app = await startApp({ sessions: { storage, clock: () => Date.now() + ahead } })
  const { one, first } = await twoSessions(app)
  const script = `
    import { createUserSessions } from '${source}/index.js'
    const sessions = await createUserSessions({ storage: '${storage}', secret: '${SECRET}' })
    sessions.cascade('tokens', () => new Promise(() => {
      setInterval(() => {}, 1000)
      console.log('within')
    }))
    await sessions.user('ada').end(['${first}'], { reason: 'credentials-changed' })`
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script])
  try {
    expect(String((await once(child.stdout, 'data'))[0])).toBe('within\n')
  } finally {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(source, { recursive: true })
  }
  ahead += 10_001
  expect((await one.json('/me')).body).toEqual({ user: null, reason: 'credentials-changed' })

  const calls = register(app.sessions)
  await app.sessions.flush()
  expect(calls).toEqual([])
  ahead += MINUTE
  await app.sessions.flush()
  expect(calls).toEqual([[first, 'credentials-changed']])
  ahead += 2 * MINUTE
  await app.sessions.flush()
  expect(calls).toHaveLength(1)
})
