import { expect, test } from 'vitest'
import { type AuthJsOptions, withUserSessions } from '../../src/bindings/auth-js.js'
import { createUserSessions, openStorage, type UserSessionsOptions } from '../../src/index.js'
import { type Adapter, Auth } from '../contract/auth-core.js'
import { AuthJsTables, authJsAdapter } from '../contract/auth-js-adapter.js'
import { authConfig, post, signInByMail } from '../contract/auth-js-app.js'
import { SECRET } from '../contract/contract-app.js'
import { WebClient } from './better-auth-client.js'
import { fakeClock } from './fake-clock.js'

interface Options {
  readonly sessions?: Partial<UserSessionsOptions>
  readonly binding?: AuthJsOptions
  readonly tables?: AuthJsTables
  /** Whether the app runs Auth.js in `us.handler`. */
  readonly isHandled?: boolean
}

async function openAuthJs({ tables = new AuthJsTables(), ...options }: Options = {}) {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, ...options.sessions })
  const us = withUserSessions(sessions, options.binding)
  const links = new Map<string, string>()
  const config = us.config(authConfig(authJsAdapter(tables), links))
  const run = (request: Request) => Auth(request, config)
  const auth = options.isHandled === false ? run : us.handler(run)
  async function signIn(name: string, own: Record<string, string> = {}): Promise<WebClient> {
    const client = new WebClient(auth, own)
    const answer = await signInByMail(auth, links, name, client.headers)
    for (const cookie of answer.headers.getSetCookie()) {
      const [, token] = /^authjs\.session-token=([^;]+)/.exec(cookie) ?? []
      if (token) client.cookies.set('authjs.session-token', token)
    }
    return client
  }
  const userOf = async (client: WebClient) => {
    const found = Object((await client.json('/auth/session')) ?? {})
    return String(Reflect.get(Object(found.user), 'email') ?? '').split('@')[0] || undefined
  }
  const close = () => sessions.close()
  return { sessions, us, auth, tables, signIn, userOf, config, [Symbol.asyncDispose]: close }
}

test('what Auth.js cannot list is listed, with address and device; ending it ends it in its table, too', async () => {
  await using app = await openAuthJs({ sessions: { trustedProxies: 1 } })
  const one = await app.signIn('ada', { 'user-agent': 'Desk/1', 'x-forwarded-for': '203.0.113.7' })
  const two = await app.signIn('ada', { 'user-agent': 'Phone/1' })
  const mine = await app.us.of(one.headers)
  const listed = await mine.list()
  expect(listed).toMatchObject([
    { isCurrent: true, ip: '203.0.113.7', userAgent: 'Desk/1' },
    { isCurrent: false, userAgent: 'Phone/1' },
  ])
  await mine.endOthers()
  expect([await app.userOf(one), await app.userOf(two), app.tables.sessions.size]).toEqual(['ada', undefined, 1])
  await app.auth(post('/auth/signout', {}, one.headers))
  expect(await app.sessions.user('ada').history()).toMatchObject([
    { endReason: 'user', endedBy: 'ada' },
    { endReason: 'other-session', endedBy: 'ada' },
  ])
})

test('an end is noticed elsewhere within maxStaleness', async () => {
  const [storage, clock] = [await openStorage('memory:'), fakeClock(Date.now())]
  const sessions = { storage, clock: clock.now, maxStaleness: 1_000 }
  await using here = await openAuthJs({ sessions })
  await using there = await openAuthJs({ sessions, tables: new AuthJsTables() })
  const one = await here.signIn('ada')
  // The other node reads from a replica that has not heard of the end.
  for (const [token, session] of here.tables.sessions) there.tables.sessions.set(token, session)
  for (const [id, user] of here.tables.users) there.tables.users.set(id, user)
  const elsewhere = one.copy(there.auth)
  expect(await there.userOf(elsewhere)).toBe('ada')
  await here.sessions.user('ada').endAll()
  clock.advance(1_001)
  expect(await there.userOf(elsewhere)).toBeUndefined()
  expect(there.tables.sessions.size).toBe(0)
})

test('without a handler of ours, the headers that the app can read are the request’s', async () => {
  let headers = new Headers({ 'user-agent': 'Next/1' })
  await using app = await openAuthJs({ isHandled: false, binding: { headers: async () => headers } })
  await app.signIn('ada')
  expect(await app.sessions.user('ada').list()).toMatchObject([{ userAgent: 'Next/1' }])
  headers = new Headers()
  await using none = await openAuthJs({
    isHandled: false,
    binding: {
      headers: () => {
        throw new Error('outside a request')
      },
    },
  })
  const one = await none.signIn('bob')
  expect(await none.sessions.user('bob').list()).toMatchObject([{ userAgent: null, ip: null }])
  expect(await none.userOf(one)).toBe('bob')
})

test('a blocked user gets no session, and a cap ends the oldest', async () => {
  await using app = await openAuthJs({ sessions: { maxSessionsPerUser: 1 } })
  const [one, two] = [await app.signIn('ada'), await app.signIn('ada')]
  expect([await app.userOf(one), await app.userOf(two)]).toEqual([undefined, 'ada'])
  await app.sessions.user('ada').block()
  expect((await app.signIn('ada')).cookies.size).toBe(0)
  expect(app.tables.sessions.size).toBe(0)
})

test('a user who is deleted has no session left', async () => {
  await using app = await openAuthJs()
  await app.signIn('ada')
  const { adapter } = app.us.config({
    ...app.config,
    adapter: { ...authJsAdapter(app.tables), deleteUser: async () => {} },
  })
  await Reflect.apply(Reflect.get(adapter, 'deleteUser'), adapter, ['ada'])
  expect([await app.sessions.user('ada').list(), app.tables.sessions.size]).toEqual([[], 0])
})

test('sessions that no database has are refused in words', async () => {
  await using app = await openAuthJs()
  const { config } = app
  expect(() => app.us.config({ ...config, session: { strategy: 'jwt' } })).toThrow(/strategy: 'jwt'.*docs\/tokens\.md/s)
  const without: Partial<Adapter> = {}
  for (const adapter of [undefined, without]) {
    expect(() => app.us.config({ ...config, adapter })).toThrow(/needs an `adapter`.*docs\/tokens\.md/s)
  }
  expect(() => Reflect.apply(withUserSessions, undefined, [app.sessions, { adapter: 1 }])).toThrow(/adapter/)
})
