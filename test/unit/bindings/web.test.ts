import { once } from 'node:events'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { forHonoTokens } from '../../../src/bindings/hono-tokens.js'
import { forWeb } from '../../../src/bindings/web.js'
import { createUserSessions } from '../../../src/index.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import { SECRET } from '../../contract/contract-app.js'
import { fakeClock } from '../../spec/fake-clock.js'
import { keptLog } from '../../spec/kept-log.js'

const URL_OF = 'http://localhost'

/** Tokens are their claims, unsigned. */
function claims(request: Request) {
  const token = request.headers.get('authorization')
  return token ? JSON.parse(token) : undefined
}

async function opened() {
  const clock = fakeClock()
  const storage = memoryStorage({ clock: clock.now })
  const sessions = await createUserSessions({
    storage,
    secret: SECRET,
    clock: clock.now,
    logger: keptLog(),
    trackActivity: true,
  })
  const us = forWeb(sessions, {
    claims: async (request) => claims(request),
    clear: () => ['a=; Max-Age=0', 'b=; Max-Age=0'],
  })
  const request = (path: string, authorization = '', init: RequestInit = {}) =>
    new Request(URL_OF + path, { ...init, headers: authorization ? { authorization } : {} })
  const signIn = async (info?: { ip: string }) => {
    const signing = request('/login')
    let token = ''
    await us.session(
      signing,
      async () => {
        token = JSON.stringify({ key: (await us.of(signing).issue('ada')).key, user: 'ada' })
        return new Response()
      },
      info,
    )
    return token
  }
  return { us, sessions, storage, clock, request, signIn, [Symbol.asyncDispose]: () => sessions.close() }
}

test('a handler on its own admits: the page is shown, and once the session has ended it is not', async () => {
  await using app = await opened()
  const { us, sessions, request, signIn } = app
  const token = await signIn({ ip: '192.0.2.1' })
  expect(await sessions.user('ada').list()).toMatchObject([{ ip: '192.0.2.1' }])
  const page = us.page()
  expect((await page(request('/accounts/sessions/', token))).status).toBe(200)
  expect((await page(request('/accounts/sessions', token))).headers.get('location')).toBe('/accounts/sessions/')
  expect((await page(request('/accounts/other', token))).status).toBe(404)
  await sessions.user('ada').endAll()
  expect((await page(request('/accounts/sessions/', token))).status).toBe(401)
  expect((await us.api()(request('/api/auth/sessions', token))).status).toBe(401)
})

test('admit answers for an ended session, and a sign-out clears the cookies in what finish gives back', async () => {
  await using app = await opened()
  const { us, request, signIn } = app
  const token = await signIn()
  const leaving = request('/logout', token)
  expect(await us.admit(leaving)).toBeUndefined()
  await us.of(leaving).signOut()
  const answer = us.finish(leaving, Response.redirect(`${URL_OF}/login`, 302))
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([302, ['a=; Max-Age=0', 'b=; Max-Age=0']])
  const refused = request('/', token)
  expect((await us.admit(refused))?.status).toBe(401)
  expect((await us.admit(refused))?.status).toBe(401)
  let ran = false
  const again = await us.session(refused, () => {
    ran = true
    return new Response()
  })
  expect([again.status, ran]).toEqual([401, false])
})

test('with the storage away the answer is 503, on Hono, too, and other faults are the app’s', async () => {
  await using app = await opened()
  const { us, sessions, storage, clock, request, signIn } = app
  const hono = new Hono()
  hono.use(forHonoTokens(sessions, { claims: (c) => claims(c.req.raw) }).session())
  hono.get('/', (c) => c.text('here'))
  const token = await signIn()
  expect((await hono.fetch(request('/', token))).status).toBe(200)
  await expect(us.session(request('/', token), () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  await storage.close()
  clock.advance(60_000)
  for (const answer of [
    await us.session(request('/', token), () => new Response()),
    await hono.fetch(request('/', token)),
  ]) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await answer.json()).toMatchObject({ status: 503, errors: [{ code: 'unavailable' }] })
  }
})

test('a stream ends with its session', async () => {
  await using app = await opened()
  const { us, sessions, request, signIn } = app
  const streaming = request('/events', await signIn())
  const response = await us.session(streaming, () => {
    const { signal } = us.of(streaming)
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('begun'))
        await once(signal, 'abort')
        controller.close()
      },
    })
    return new Response(body)
  })
  const reader = response.body?.getReader()
  expect((await reader?.read())?.done).toBe(false)
  await sessions.user('ada').endAll()
  expect((await reader?.read())?.done).toBe(true)
})

test('a stream that nobody reads any more lets go of its session', async () => {
  await using app = await opened()
  const { us, request, signIn, sessions } = app
  const streaming = request('/events', await signIn())
  let signal: AbortSignal | undefined
  const response = await us.session(streaming, () => {
    signal = us.of(streaming).signal
    return new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }))
  })
  // What is read ahead is full: nothing waits for more that could notice.
  await new Promise(setImmediate)
  await response.body?.cancel()
  await sessions.user('ada').endAll()
  expect(signal?.aborted).toBe(false)
})

test('where the platform stops between requests, what was gathered is written with the answer, and not with each', async () => {
  await using app = await opened()
  const { us, sessions, storage, clock, request, signIn } = app
  const token = await signIn()
  const work: Promise<unknown>[] = []
  let writes = 0
  const touch = storage.touch.bind(storage)
  storage.touch = (batch) => {
    writes++
    return touch(batch)
  }
  for (let round = 0; round < 3; round++) {
    clock.advance(1_000)
    await us.session(request('/', token), () => new Response(), { waitUntil: (one) => void work.push(one) })
  }
  await Promise.all(work)
  expect([work.length, writes]).toEqual([1, 1])
  await sessions.flush()
})

test('a mistake is told in words: no claims, no middleware, a body that was read', async () => {
  await using app = await opened()
  const { us, sessions, request, signIn } = app
  expect(() => Reflect.apply(forWeb, undefined, [sessions, {}])).toThrow('forWeb needs `claims`')
  expect(() => Reflect.apply(forWeb, undefined, [sessions, { claims, user: () => 'ada' }])).toThrow("'user'")
  expect(() => us.of(request('/'))).toThrow('us.session(request, next)')
  expect(() => Reflect.apply(us.admin, us, [{}])).toThrow('us.admin needs `allow`')
  const read = request('/accounts/sessions/', await signIn(), { method: 'POST', body: new URLSearchParams({ a: 'b' }) })
  await read.text()
  await expect(us.page()(read)).rejects.toThrow('was read before')
})
