import { betterAuth } from 'better-auth'
import { admin, bearer } from 'better-auth/plugins'
import { expect, test } from 'vitest'
import { userSessions } from '../../src/bindings/better-auth.js'
import { createUserSessions, openStorage } from '../../src/index.js'
import { SECRET } from '../contract/contract-app.js'
import { openAuthApp } from './better-auth-app.js'
import { fakeClock } from './fake-clock.js'
import { keptLog } from './kept-log.js'

const PHONE = {
  'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari',
}

const endings = async ({ sessions }: Awaited<ReturnType<typeof openAuthApp>>, user = 'ada') =>
  (await sessions.user(user).history()).map(({ endReason, endedBy }) => [endReason, endedBy])

test('all sessions are listed, past Better Auth’s limit of 100, and its own revocation of the others ends all of them', async () => {
  await using app = await openAuthApp()
  const one = await app.signIn('ada')
  const { internalAdapter } = await app.auth.$context
  for (let count = 1; count < 150; count++) await internalAdapter.createSession('ada')
  expect(await one.json('/api/auth/list-sessions')).toHaveLength(100)
  const listed = await one.json('/api/auth/user-sessions/list')
  expect(listed).toHaveLength(150)
  expect(listed).toMatchObject({ 0: { isCurrent: true, user: 'ada', ip: '127.0.0.1' }, 1: { isCurrent: false } })
  expect(JSON.stringify(listed)).not.toMatch(/token/i)

  expect((await one.send('/api/auth/revoke-other-sessions', {})).status).toBe(200)
  expect(app.rows()).toHaveLength(1)
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  expect(await app.userOf(one)).toBe('ada')
})

test('the plug-in’s endpoints end chosen ones and all others, and take nothing else for ids', async () => {
  await using app = await openAuthApp()
  const [one, two, three] = [await app.signIn('ada'), await app.signIn('ada'), await app.signIn('ada')]
  expect((await app.client().send('/api/auth/user-sessions/list')).status).toBe(401)
  expect((await one.send('/api/auth/user-sessions/end', { sessions: 'all' })).status).toBe(400)
  const id = (await app.us.of(two.headers)).current?.id
  const ended = await one.json('/api/auth/user-sessions/end', { sessions: [id, 'unknown'] })
  expect(ended).toMatchObject([{ id }])
  expect([await app.userOf(two), await app.userOf(three)]).toEqual([undefined, 'ada'])
  expect(await one.json('/api/auth/user-sessions/end-others', {})).toHaveLength(1)
  expect(await app.userOf(three)).toBeUndefined()
  const self = (await app.us.of(one.headers)).current?.id
  await one.send('/api/auth/user-sessions/end', { sessions: [self] })
  expect([...one.cookies.keys()]).toEqual([])
})

test.each([
  'compact',
  'jwt',
  'jwe',
] as const)('an ended session is refused at once with the cookie cache on (%s), and elsewhere within maxStaleness', async (strategy) => {
  const storage = await openStorage('memory:')
  const clock = fakeClock(Date.now())
  const auth = { session: { cookieCache: { enabled: true, maxAge: 3_600, strategy, version: '7' } } }
  const options = { sessions: { storage, clock: clock.now, maxStaleness: 1_000 }, auth }
  await using here = await openAuthApp(options)
  await using there = await openAuthApp({ ...options, database: here.database })
  const one = await here.signIn('ada')
  const elsewhere = one.copy(there.auth.handler)
  expect([await here.userOf(one), await there.userOf(elsewhere)]).toEqual(['ada', 'ada'])

  await here.sessions.user('ada').endAll()
  const copies = [one.copy(), elsewhere.copy(there.auth.handler)]
  expect(await here.userOf(one)).toBeUndefined()
  expect([...one.cookies.keys()]).toEqual([])
  expect(await there.userOf(elsewhere)).toBe('ada')
  clock.advance(1_001)
  expect(await there.userOf(elsewhere)).toBeUndefined()
  for (const copy of copies) expect((await copy.send('/api/auth/update-user', { name: 'x' })).status).toBe(401)
})

test('what Better Auth ends by itself is ended here, with its reason', async () => {
  await using app = await openAuthApp({ auth: { plugins: [admin({ adminUserIds: ['root'] })] } })
  const leaving = await app.signIn('ada')
  await leaving.send('/api/auth/sign-out', {})
  const [one, two] = [await app.signIn('ada'), await app.signIn('ada')]
  const found: unknown = await two.json('/api/auth/get-session')
  const { token } = Object(Reflect.get(Object(found), 'session'))
  await one.send('/api/auth/revoke-session', { token })
  const root = await app.signIn('root')
  await root.send('/api/auth/admin/revoke-user-sessions', { userId: 'ada' })
  expect(await endings(app)).toEqual([
    ['admin', 'admin:root'],
    ['other-session', 'ada'],
    ['user', 'ada'],
  ])
  const changing = await app.signIn('ada')
  await app.signIn('ada')
  const passwords = { currentPassword: 'a password of the tests', newPassword: 'another one of them' }
  await changing.send('/api/auth/change-password', { ...passwords, revokeOtherSessions: true })
  expect((await endings(app)).slice(0, 2)).toEqual(Array(2).fill(['credentials-changed', 'ada']))
  expect(await app.userOf(changing)).toBe('ada')
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test('a session that ran out in Better Auth’s table is expired', async () => {
  await using app = await openAuthApp()
  const one = await app.signIn('ada')
  app.database.prepare('update session set expiresAt = ?').run(['2020-01-01T00:00:00.000Z'])
  expect(await app.userOf(one)).toBeUndefined()
  expect(await endings(app)).toEqual([['expired', null]])
})

test('a session deleted in Better Auth’s table is listed no more', async () => {
  const clock = fakeClock(Date.now())
  await using app = await openAuthApp({ sessions: { clock: clock.now } })
  await app.signIn('ada')
  await app.signIn('ada')
  clock.advance(60_000)
  app.database.prepare('delete from session where rowid = 1').run([])
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test('a cap ends the oldest in both tables, and a blocked user cannot sign in', async () => {
  await using app = await openAuthApp({ sessions: { maxSessionsPerUser: 2 } })
  const [one] = [await app.signIn('ada'), await app.signIn('ada'), await app.signIn('ada')]
  expect([await app.userOf(one), app.rows().length]).toEqual([undefined, 2])
  await app.sessions.user('ada').block()
  const body = { email: 'ada@example.com', password: 'a password of the tests' }
  const refused = await app.client().send('/api/auth/sign-in/email', body)
  expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'SESSION_REFUSED' }])
  expect(app.rows()).toEqual([])
})

test('a visit from another client is told, and only the request’s own session is visited', async () => {
  await using app = await openAuthApp({ sessions: { trackActivity: true } })
  const changes: unknown[] = []
  app.sessions.on('clientChanged', ({ from, to, request }) => {
    changes.push([from.userAgent, to.userAgent, Reflect.get(Object(Reflect.get(request, 'headers')), 'user-agent')])
  })
  const [one, two] = [await app.signIn('ada', { 'user-agent': 'Desk/1' }), await app.signIn('ada', PHONE)]
  const found: unknown = await two.json('/api/auth/get-session')
  const { token } = Object(Reflect.get(Object(found), 'session'))
  const bob = await app.signIn('bob', { 'user-agent': 'Bob/1' })
  await bob.send('/api/auth/revoke-session', { token })
  await app.sessions.flush()
  expect(changes).toEqual([])
  const stolen = app.client(PHONE)
  for (const [name, value] of one.cookies) stolen.cookies.set(name, value)
  expect(await app.userOf(stolen)).toBe('ada')
  await expect.poll(() => changes).toEqual([['Desk/1', PHONE['user-agent'], PHONE['user-agent']]])
})

test('bearer tokens are sessions as cookies are', async () => {
  await using app = await openAuthApp({ auth: { plugins: [bearer()] } })
  const one = await app.signIn('ada')
  const found: unknown = await one.json('/api/auth/get-session')
  const { token } = Object(Reflect.get(Object(found), 'session'))
  const phone = app.client({ authorization: `Bearer ${token}` })
  expect([await app.userOf(phone), (await app.us.of(phone.headers)).user]).toEqual(['ada', 'ada'])
  await app.sessions.user('ada').endAll()
  expect([await app.userOf(phone), (await app.us.of(phone.headers)).user]).toEqual([undefined, undefined])
})

test('sessions from before the plug-in are adopted; switched off, nothing is recorded and nobody refused', async () => {
  await using off = await openAuthApp({ sessions: { mode: 'off' } })
  const one = await off.signIn('ada')
  await using on = await openAuthApp({ database: off.database })
  const started: unknown[] = []
  on.sessions.on('sessionStarted', ({ adopted }) => started.push(adopted))
  expect([await off.sessions.user('ada').list(), await on.userOf(one.copy(on.auth.handler))]).toEqual([[], 'ada'])
  expect(started).toEqual([true])
})

test('with our storage away Better Auth’s own decides', async () => {
  const storage = await openStorage('sqlite::memory:', { migrate: true })
  const clock = fakeClock(Date.now())
  const logger = keptLog()
  await using app = await openAuthApp({ sessions: { storage, clock: clock.now, logger } })
  const one = await app.signIn('ada')
  await storage.close()
  clock.advance(60_000)
  expect(await app.userOf(one)).toBe('ada')
  expect((await app.signIn('ada')).cookies.size).toBe(1)
  expect(logger.lines.length).toBeGreaterThan(0)
})

test('the request’s own view knows why its session ended, and takes requests in every form', async () => {
  await using app = await openAuthApp()
  const one = await app.signIn('ada')
  const requests = [new Request('http://localhost/', { headers: one.headers }), one.headers]
  for (const request of requests) expect((await app.us.of(request)).user).toBe('ada')
  await app.sessions.user('ada').endAll({ reason: 'admin', by: 'admin:grace' })
  expect((await app.us.of(one.headers)).ended).toMatchObject({ reason: 'admin', by: 'admin:grace' })
  await expect(Reflect.apply(app.us.of, app.us, ['a cookie'])).rejects.toThrow(/us\.of takes the request/)
})

test('what is set up wrongly says so', async () => {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET })
  const logger = { disabled: true }
  const stateless = betterAuth({
    secret: SECRET,
    baseURL: 'http://localhost',
    logger,
    plugins: [userSessions(sessions)],
  })
  await expect(stateless.$context).rejects.toThrow(/docs\/tokens\.md/)
  await expect(userSessions(sessions).of(new Headers())).rejects.toMatchObject({
    code: 'session_middleware_missing',
    message: expect.stringContaining('plugins: [us]'),
  })
  expect(() => Reflect.apply(userSessions, undefined, [createUserSessions])).toThrow(/await createUserSessions/)
  expect(() => Reflect.apply(userSessions, undefined, [sessions, { user: () => 1 }])).toThrow(/user/)
  await sessions.close()
})
