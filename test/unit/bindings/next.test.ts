import { expect, test } from 'vitest'
import { forNext } from '../../../src/bindings/next.js'
import { createUserSessions } from '../../../src/index.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import { SECRET } from '../../contract/contract-app.js'
import { fakeClock } from '../../spec/fake-clock.js'
import { keptLog } from '../../spec/kept-log.js'

interface Data {
  userId?: string
  userSessionKey?: string
  destroy(): void
}

/** What Next would give, set from outside: the headers, and what the cookie holds. */
async function openApp(options: { readonly flushAfter?: boolean; readonly destroy?: () => void } = {}) {
  const clock = fakeClock()
  const storage = memoryStorage({ clock: clock.now })
  const log = keptLog()
  const sessions = await createUserSessions({
    storage,
    secret: SECRET,
    clock: clock.now,
    trackActivity: true,
    trustedProxies: 1,
    logger: log,
  })
  const now = { headers: new Headers(), data: {}, opened: 0, after: [] as (() => Promise<void>)[] }
  const { destroy = () => {}, flushAfter = false } = options
  const us = forNext(sessions, {
    headers: async () => now.headers,
    async session(): Promise<Data> {
      now.opened++
      return Object.defineProperty({ destroy, ...now.data }, 'destroy', { enumerable: false })
    },
    user: ({ userId }) => userId,
    after: (task) => now.after.push(task),
    flushAfter,
  })
  const signIn = async () => {
    const { key } = await (await us.of()).issue('ada')
    now.data = { userId: 'ada', userSessionKey: key }
    next()
  }
  const next = (headers = {}) => {
    now.headers = new Headers(headers)
  }
  return { us, sessions, now, next, signIn, clock, storage, [Symbol.asyncDispose]: () => sessions.close() }
}

test('components that ask side by side share one admission, and the next request has its own', async () => {
  await using app = await openApp()
  const [a, b] = await Promise.all([app.us.of(), app.us.of(), app.us.session()])
  expect([app.now.opened, a?.user, b?.user]).toEqual([1, undefined, undefined])
  await app.signIn()
  expect([(await app.us.of()).user, (await app.us.session()).userId, app.now.opened]).toEqual(['ada', 'ada', 2])
})

test('an ended session is empty in a component, and says why', async () => {
  await using app = await openApp()
  await app.signIn()
  await app.sessions.user('ada').endAll({ reason: 'admin' })
  expect(await app.us.session()).toEqual({})
  expect((await app.us.of()).ended?.reason).toBe('admin')
})

test('a component, which may not change cookies, can tell why a session ended; any other fault comes through', async () => {
  const message = 'Cookies can only be modified in a Server Action or Route Handler.'
  await using app = await openApp({
    destroy: () => {
      throw new Error(message)
    },
  })
  await app.signIn()
  await app.sessions.user('ada').endAll()
  expect((await (await app.us.of()).tellEnded())?.reason).toBe('app')
  await using other = await openApp({
    destroy: () => {
      throw new Error('broken')
    },
  })
  await other.signIn()
  await other.sessions.user('ada').endAll()
  await expect((await other.us.of()).tellEnded()).rejects.toThrow('broken')
})

test('after the response a session that the cookie carries no more ends, and activity is written where the process may sleep', async () => {
  await using app = await openApp({ flushAfter: true })
  await app.signIn()
  app.clock.advance(120_000)
  const session = await app.us.session()
  Reflect.deleteProperty(session, 'userSessionKey')
  for (const task of app.now.after) await task()
  expect((await app.storage.list('ada', { endedSince: 0 }))[0]?.endReason).toBe('user')
  app.now.data = {}
  app.next()
  await app.signIn()
  const before = (await app.storage.list('ada'))[0]?.lastSeenAt ?? 0
  app.clock.advance(120_000)
  await app.us.of()
  await app.now.after.at(-1)?.()
  expect((await app.storage.list('ada'))[0]?.lastSeenAt).toBe(before + 120_000)
})

test('an address is what the proxies tell, and null without them', async () => {
  await using app = await openApp()
  await app.signIn()
  expect((await app.sessions.user('ada').list())[0]?.ip).toBeNull()
  app.next({ 'x-forwarded-for': '198.51.100.1, 203.0.113.7' })
  const { session } = await (await app.us.of()).issue('bob')
  expect(session.ip).toBe('203.0.113.7')
})

test('page and API are at home where their files are, with or without a slash at the end', async () => {
  await using app = await openApp()
  await app.signIn()
  for (const path of ['/de/account/sessions', '/de/account/sessions/']) {
    const answer = await app.us.page().GET(new Request(`http://localhost${path}`))
    expect(await answer.text()).toContain(`action="${path}"`)
    expect((await app.us.api().GET(new Request(`http://localhost${path}`))).status).toBe(200)
  }
  expect((await app.us.api().GET(new Request('http://localhost/elsewhere'))).status).toBe(404)
  const admin = app.us.admin({ allow: (request) => request.headers.get('x-admin') ?? false })
  expect((await admin.GET(new Request('http://localhost/admin/sessions'))).status).toBe(403)
  const headers = { 'x-admin': 'grace' }
  expect((await admin.GET(new Request('http://localhost/admin/sessions', { headers }))).status).toBe(200)
})

test('with the records away page and API answer 503, and of rejects', async () => {
  await using app = await openApp()
  await app.signIn()
  await app.storage.close()
  app.clock.advance(60_000)
  expect((await app.us.api().GET(new Request('http://localhost/sessions'))).status).toBe(503)
  app.next()
  await expect(app.us.of()).rejects.toMatchObject({ code: 'storage_unavailable' })
})

test('what is forgotten is said with what to write', async () => {
  await using app = await openApp()
  const bind = (options: object) => () => Reflect.apply(forNext, undefined, [app.sessions, options])
  const [headers, session, user] = [async () => new Headers(), async () => ({ destroy() {} }), () => 'ada']
  expect(bind({ session, user })).toThrow(/needs `headers`: .*next\/headers/)
  expect(bind({ headers, user })).toThrow(/needs `session`: .*getIronSession/)
  expect(bind({ headers, session })).toThrow(/needs `user`/)
})
