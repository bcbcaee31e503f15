import { type SessionEnv, useSession } from '@hono/session'
import { jweEncrypt } from '@hono/session/cookies'
import { Hono } from 'hono'
import { expect, expectTypeOf, test } from 'vitest'
import { forHonoSession } from '../../../src/bindings/hono-session.js'
import { createUserSessions, type RequestSessions } from '../../../src/index.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import { SECRET } from '../../contract/contract-app.js'

type Data = Record<string, unknown>

/** A storage that counts what it is asked, and may fail. */
function countedStorage() {
  const kept = new Map<string, Data>()
  const counted = { gets: 0, sets: 0, isFull: false }
  const storage = {
    get: async (sid: string) => {
      counted.gets++
      return structuredClone(kept.get(sid)) ?? null
    },
    set: async (sid: string, data: Data) => {
      counted.sets++
      if (counted.isFull) throw new Error('the storage is full')
      kept.set(sid, structuredClone(data))
    },
    delete: async (sid: string) => void kept.delete(sid),
  }
  return { kept, counted, storage }
}

/** 32 bytes: the library takes a key as it is. */
const KEY = new Uint8Array(32).fill(7)

async function openApp(options: Parameters<typeof useSession>[0] = {}) {
  const records = memoryStorage({})
  const sessions = await createUserSessions({ storage: records, secret: SECRET })
  const us = forHonoSession(sessions, { user: (data) => data.userId })
  const stored = countedStorage()
  const app = new Hono<SessionEnv<Data>>()
    .use(us.session(useSession, stored.storage, { secret: KEY, ...options }))
    .route('/accounts', us.page())
    .post('/login', async (c) => {
      await c.var.session.update({ userId: 'ada' })
      return c.json(null)
    })
    .post('/logout', async (c) => {
      c.var.session.delete()
      return c.json(null)
    })
    .get('/me', (c) =>
      c.json({ user: c.var.userSessions.user ?? null, reason: c.var.userSessions.ended?.reason ?? null }),
    )
    .get('/data', async (c) => c.json((await c.var.session.get())?.userId ?? null))
    .get('/refreshed', async (c) => c.json((await c.var.session.get(async (data) => data))?.userId ?? null))
  app.onError((error, c) => c.text(error.message, 500))
  const ask = async (path: string, cookie = '', method = 'GET') => {
    const response = await app.request(path, { method, headers: cookie ? { cookie } : {} })
    const cookies = response.headers.getSetCookie()
    return { status: response.status, body: await response.text(), cookies }
  }
  const signIn = async () => (await ask('/login', '', 'POST')).cookies[0]?.split(';', 1)[0] ?? ''
  return { ...stored, sessions, us, app, ask, signIn, [Symbol.asyncDispose]: () => sessions.close() }
}

test('its variables and ours are known in a chain', async () => {
  await using opened = await openApp()
  const { us, storage } = opened
  new Hono().use(us.session(useSession, storage, { secret: KEY })).get('/', (c) => {
    expectTypeOf(c.var.userSessions).toEqualTypeOf<RequestSessions>()
    expectTypeOf(c.var.session.update).toBeFunction()
    return c.body(null)
  })
})

test('a visitor without a cookie costs no look at the storage and gets none', async () => {
  await using opened = await openApp()
  expect(await opened.ask('/me')).toMatchObject({ body: '{"user":null,"reason":null}', cookies: [] })
  expect(opened.counted.gets).toBe(0)
})

test('what was loaded to see the session is what the handler gets, and the storage is asked once', async () => {
  await using opened = await openApp()
  const cookie = await opened.signIn()
  opened.counted.gets = 0
  expect((await opened.ask('/data', cookie)).body).toBe('"ada"')
  expect(opened.counted.gets).toBe(1)
})

test('a handler that asks for an ended session gets nothing, and its cookie stays to tell why', async () => {
  await using opened = await openApp()
  const { ask, signIn, sessions, kept } = opened
  const cookie = await signIn()
  await sessions.user('ada').endAll()
  expect(kept.size).toBe(0)
  expect(await ask('/data', cookie)).toMatchObject({ body: 'null', cookies: [] })
  expect((await ask('/me', cookie)).body).toBe('{"user":null,"reason":"app"}')
  const again = await ask('/login', cookie, 'POST')
  expect(again.cookies).toHaveLength(1)
  expect((await ask('/me', again.cookies[0]?.split(';', 1)[0])).body).toBe('{"user":"ada","reason":null}')
})

test('a storage that fails at a save is no success', async () => {
  await using opened = await openApp()
  opened.counted.isFull = true
  expect(await opened.ask('/login', '', 'POST')).toMatchObject({ status: 500, body: 'the storage is full' })
})

test('a session from before is marked, though no handler saves it', async () => {
  await using opened = await openApp()
  const { kept, ask, sessions } = opened
  kept.set('from before', { userId: 'ada', theme: 'dark' })
  const { jwe } = await jweEncrypt({ sid: 'from before' }, KEY)
  expect((await ask('/me', `sid=${jwe}`)).body).toContain('"ada"')
  expect(kept.get('from before')).toMatchObject({ theme: 'dark', usersessions: expect.any(String) })
  expect(await sessions.user('ada').list()).toHaveLength(1)
  opened.counted.sets = 0
  await ask('/me', `sid=${jwe}`)
  expect(opened.counted.sets).toBe(0)
})

test('a cookie that has run out signs nobody in, until the app refreshes it', async () => {
  const refreshed: unknown[] = []
  await using opened = await openApp({ onRefresh: (data) => void refreshed.push(data) })
  const { kept, ask } = opened
  kept.set('old', { userId: 'ada' })
  const { jwe } = await jweEncrypt({ sid: 'old', iat: 1 }, KEY, { absolute: 1 })
  const cookie = `sid=${jwe}`
  expect((await ask('/me', cookie)).body).toBe('{"user":null,"reason":null}')
  expect(refreshed).toEqual([])
  const { body, cookies } = await ask('/refreshed', cookie)
  expect(body).toBe('"ada"')
  expect(refreshed).toHaveLength(1)
  expect((await ask('/me', cookies[0]?.split(';', 1)[0])).body).toBe('{"user":"ada","reason":null}')
})

test('a logout clears the cookie and ends the session', async () => {
  await using opened = await openApp()
  const { ask, signIn, sessions } = opened
  const cookie = await signIn()
  expect((await ask('/logout', cookie, 'POST')).cookies.join()).toContain('Max-Age=0')
  expect((await sessions.user('ada').history()).map(({ endReason }) => endReason)).toEqual(['user'])
  expect((await ask('/data', cookie)).body).toBe('null')
})

test('a mistake in the set-up is told at once', async () => {
  await using opened = await openApp()
  const { us, sessions, storage } = opened
  expect(() => Reflect.apply(forHonoSession, undefined, [sessions, {}])).toThrow('needs `user`')
  expect(() => Reflect.apply(us.session, us, [{}])).toThrow('us.session(useSession, storage, { secret })')
  expect(() => Reflect.apply(us.session, us, [useSession, { secret: KEY }])).toThrow('forHonoTokens')
  const app = new Hono()
  app.onError((error, c) => c.text(error.message, 500))
  app.use(useSession({ secret: KEY }), us.session(useSession, storage, { secret: KEY }))
  expect(await (await app.request('/')).text()).toContain('us.session(useSession, storage, { … })')
})
