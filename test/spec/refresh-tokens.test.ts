import { generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { type RefreshTokenOptions, refreshTokens } from '../../src/bindings/refresh-tokens.js'
import { TokenEngine } from '../../src/engine/token.js'
import { createUserSessions, type UserSessionsOptions } from '../../src/index.js'
import { SECRET } from './app.js'
import { fakeClock } from './fake-clock.js'
import { keptLog } from './kept-log.js'

const KEY = new TextEncoder().encode(SECRET)

interface Asked {
  readonly claims?: { readonly key: string; readonly user: string } | undefined
}

async function openApp(options: Partial<RefreshTokenOptions> = {}, more: Partial<UserSessionsOptions> = {}) {
  const clock = fakeClock()
  const sessions = await createUserSessions({
    storage: 'memory:',
    secret: SECRET,
    clock: clock.now,
    logger: keptLog(),
    ...more,
  })
  const binding = sessions.bind(new TokenEngine<Asked>({ claims: ({ claims }) => claims }), {})
  const tokens = refreshTokens({ key: KEY, clock: clock.now, ...options })
  const from = (userAgent: string, claims?: Asked['claims']) => {
    const asked: Asked = { claims }
    const header = (name: string) => (name === 'user-agent' ? userAgent : undefined)
    return binding.open(asked, { header, remoteAddress: '127.0.0.1' }, () => ({ asked, mine: binding.of(asked) }))
  }
  return {
    clock,
    sessions,
    signIn: async () => (await tokens.issue(from('Browser/1').mine, 'ada', { data: { method: 'password' } })).tokens,
    async rotate(token: unknown, userAgent = 'Browser/1') {
      const rotated = await tokens.rotate(from(userAgent).mine, token)
      if (rotated.outcome === 'refused') return { said: rotated.reason, refreshToken: '', accessToken: '' }
      return { said: rotated.outcome, ...rotated.tokens }
    },
    /** Whether an access token opens the door. */
    async admits(accessToken: string) {
      const claims = await tokens.read(accessToken)
      const { asked } = from('Browser/1', claims)
      return claims ? binding.admit(asked) : 'no token'
    },
    [Symbol.asyncDispose]: () => sessions.close(),
  }
}

test('a refresh makes new tokens of the same session, which lives on with them, and its own data stays its own', async () => {
  await using app = await openApp({ refreshLifetime: 3_600_000 })
  let { refreshToken, accessToken } = await app.signIn()
  const [before] = await app.sessions.user('ada').list()
  for (let turn = 0; turn < 3; turn++) {
    app.clock.advance(3_000_000)
    expect(await app.admits(accessToken)).toBe('no token')
    const next = await app.rotate(refreshToken)
    expect(next.said).toBe('rotated')
    ;({ refreshToken, accessToken } = next)
    expect(await app.admits(accessToken)).toBe('live')
  }
  const [after] = await app.sessions.user('ada').list()
  expect(after).toMatchObject({ id: before?.id, data: { method: 'password' } })
  expect(Object.keys(after?.data ?? {})).toEqual(['method'])
  app.clock.advance(3_600_001)
  expect((await app.rotate(refreshToken)).said).toBe('invalid')
  expect(await app.sessions.user('ada').list()).toEqual([])
})

test('a used refresh token that comes again ends the session with every token of it, and listeners are told why', async () => {
  await using app = await openApp()
  const told: string[] = []
  app.sessions.on('sessionEnded', ({ ending }) => told.push(ending.reason))
  const stolen = await app.signIn()
  const owner = await app.rotate(stolen.refreshToken)
  app.clock.advance(10_001)
  expect((await app.rotate(stolen.refreshToken)).said).toBe('token-reused')
  expect((await app.rotate(owner.refreshToken)).said).toBe('token-reused')
  expect(await app.admits(owner.accessToken)).toBe('must-answer')
  expect(told).toEqual(['token-reused'])
})

test('a lost answer is asked for again within the grace, from the same user agent; two turns back is too late at once', async () => {
  await using app = await openApp()
  const first = await app.signIn()
  const lost = await app.rotate(first.refreshToken)
  app.clock.advance(10_000)
  const again = await app.rotate(first.refreshToken)
  expect(again.said).toBe('repeated')
  for (const token of [lost.refreshToken, again.refreshToken]) {
    expect((await app.rotate(token)).said).toMatch(/rotated|repeated/)
  }
  expect((await app.rotate(first.refreshToken)).said).toBe('token-reused')

  const other = await app.signIn()
  await app.rotate(other.refreshToken)
  expect((await app.rotate(other.refreshToken, 'Thief/1')).said).toBe('token-reused')
})

test('what is no refresh token ends nothing: an access token, one of another key, or one without a generation', async () => {
  await using app = await openApp()
  const { accessToken, refreshToken } = await app.signIn()
  const { payload } = await jwtVerify(refreshToken, KEY, { currentDate: new Date(app.clock.now()) })
  const sign = (key: Uint8Array, claims: object) =>
    new SignJWT({ ...payload, ...claims }).setProtectedHeader({ alg: 'HS256', typ: 'refresh+jwt' }).sign(key)
  const bad = [accessToken, await sign(new Uint8Array(32), {}), await sign(KEY, { gen: 'x' }), 'x', '', undefined, 7]
  for (const token of bad) expect((await app.rotate(token)).said).toBe('invalid')
  expect(await app.admits(refreshToken)).toBe('no token')
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
})

test('keys rotate, a key pair will do, and the app adds claims of its own', async () => {
  const old = new TextEncoder().encode('another secret of at least 32 bytes')
  await using before = await openApp({ key: old })
  const { accessToken } = await before.signIn()
  const both = refreshTokens({ key: [KEY, old], clock: before.clock.now })
  expect((await both.read(accessToken))?.user).toBe('ada')
  expect(await refreshTokens({ key: KEY, clock: before.clock.now }).read(accessToken)).toBeUndefined()
  await using pairs = await openApp({ key: await generateKeyPair('ES256'), alg: 'ES256' })
  expect((await pairs.rotate((await pairs.signIn()).refreshToken)).said).toBe('rotated')
  await using claiming = await openApp({ claims: (user) => ({ role: `${user}'s`, sub: 'eve' }) })
  const read = refreshTokens({ key: KEY, clock: claiming.clock.now }).read
  expect((await read((await claiming.signIn()).accessToken))?.payload).toMatchObject({ role: "ada's", sub: 'ada' })
})

test('observing, a reuse is counted and answered; switched off, nothing is asked', async () => {
  await using app = await openApp({}, { mode: 'observe' })
  const first = await app.signIn()
  await app.rotate(first.refreshToken)
  app.clock.advance(10_001)
  expect((await app.rotate(first.refreshToken)).said).toBe('repeated')
  expect(app.sessions.refusals).toEqual({ 'token-reused': 1 })
  expect(await app.sessions.user('ada').list()).toHaveLength(1)
  await using off = await openApp({}, { mode: 'off' })
  expect((await off.rotate(first.refreshToken)).said).toBe('repeated')
})

test('options that make no sense are refused with what to write', async () => {
  const make = (options: object) => () => Reflect.apply(refreshTokens, undefined, [options])
  for (const options of [{}, { key: [] }, { key: 'text' }, { key: { publicKey: KEY } }]) {
    expect(make(options)).toThrow(/needs `key`: .*JWT_SECRET/)
  }
  expect(make({ key: new Uint8Array(31) })).toThrow(/at least 32 bytes/)
  expect(make({ key: KEY, grace: -1 })).toThrow(/'grace'/)
  expect(make({ key: KEY, refreshLifetime: 1000 })).toThrow(/'refreshLifetime'/)
  expect(make({ key: KEY, lifetime: 1 })).toThrow(/lifetime/)
  await using app = await openApp()
  await app.signIn()
  const [{ id } = { id: '' }] = await app.sessions.user('ada').list()
  await expect(app.sessions.user('ada').update(id, { data: { usersessions: 1 } })).rejects.toMatchObject({
    code: 'data_invalid',
  })
})
