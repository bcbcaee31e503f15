import express from 'express'
import { expect, test } from 'vitest'
import { type AppOptions, startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'
import { keptLog } from './kept-log.js'
import { type RawAnswer, rawRequest } from './raw-request.js'

const API = '/api/auth/sessions'
const PAGE = '/accounts/sessions/'
const ADMIN = '/admin/sessions/'
const UNKNOWN = '01900000-0000-7000-8000-000000000000'
const FORM = 'application/x-www-form-urlencoded'

function startBodyApp(options: AppOptions = {}): Promise<TestApp> {
  return startApp({
    ...options,
    sessions: { logger: keptLog(), ...options.sessions },
    routes: (app, us) => {
      app.use('/admin', us.admin({ allow: () => 'grace' }))
      app.use('/parsed', express.json(), us.api())
      app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
        const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined
        response.status(typeof status === 'number' ? status : 500).send('refused')
      })
    },
  })
}

/** Signed in twice as ada, once as bob. */
async function signedIn(app: TestApp) {
  const [ada, phone, bob] = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  await phone.signIn('ada')
  const [other] = await app.sessions.user('ada').list()
  await ada.signIn('ada')
  await bob.signIn('bob')
  const [foreign] = await app.sessions.user('bob').list()
  const allLive = async () => {
    for (const browser of [ada, phone, bob]) expect((await browser.json('/me')).status).toBe(200)
  }
  return { ada, phone, bob, own: other?.id ?? '', foreign: foreign?.id ?? '', allLive }
}

function raw(
  app: TestApp,
  browser: Browser,
  method: string,
  path: string,
  type: string,
  body: string | Uint8Array,
  headers: readonly string[] = [],
): Promise<RawAnswer> {
  const bytes = Buffer.from(body)
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: app.example',
    'Connection: close',
    `Cookie: ${cookie}`,
    `Content-Type: ${type}`,
    `Content-Length: ${bytes.length}`,
    ...headers,
  ]
  return rawRequest(app.url, Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]))
}

test('bodies that are no list of ids are refused by the API with a 4xx, and nothing ends', async () => {
  await using app = await startBodyApp()
  const { ada, own, allLive } = await signedIn(app)
  const deep = `{"sessions":${'['.repeat(8000)}${']'.repeat(8000)}}`
  const bodies: (string | Uint8Array)[] = [
    '',
    '{',
    'null',
    '1',
    '"x"',
    '[]',
    `["${own}"]`,
    '{}',
    '{"sessions":null}',
    `{"sessions":"${own}"}`,
    '{"sessions":{}}',
    `{"sessions":{"0":"${own}","length":1}}`,
    '{"sessions":[1]}',
    '{"sessions":[null]}',
    `{"sessions":[["${own}"]]}`,
    '{"sessions":[{}]}',
    `{"sessions":[{"id":"${own}"}]}`,
    '{"sessions":["__proto__"]}',
    '{"sessions":["constructor","toString"]}',
    `{"sessions":["${own} "]}`,
    `{"sessions":[" ${own}"]}`,
    `{"sessions":["${own.toUpperCase()}"]}`,
    `{"sessions":["${own}\\u0000"]}`,
    `{"sessions":["${own.replaceAll('-', '')}"]}`,
    '{"sessions":["*"]}',
    '{"sessions":["%"]}',
    '{"sessions":["\' or 1=1 --"]}',
    `{"__proto__":{"sessions":["${own}"]}}`,
    `{"constructor":{"prototype":{"sessions":["${own}"]}}}`,
    `{"sessions":["${'x'.repeat(10_000)}"]}`,
    `{"sessions":["${'x'.repeat(1_048_576)}"]}`,
    `{"sessions":[${Array.from({ length: 101 }, () => '"x"').join()}]}`,
    `{"sessions":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    deep,
    `{"sessions":["${own}"],"sessions":[1]}`,
    `{"sessions":["${own}"]`,
    Buffer.from('{"sessions":["\xff\xfe"]}', 'latin1'),
    Buffer.from(`\ufeff\ufeff{"sessions":["${own}"]}`),
    `{"sessions":["${own}"]}\0`,
  ]
  for (const body of bodies) {
    for (const path of [API, '/parsed/sessions']) {
      const { status } = await raw(app, ada, 'DELETE', path, 'application/json', body)
      expect([path, String(body).slice(0, 60), status >= 400 && status < 500]).toEqual([
        path,
        String(body).slice(0, 60),
        true,
      ])
    }
  }
  await allLive()
})

test('fields that are no id of ours end nothing on the page and the admin page', async () => {
  await using app = await startBodyApp()
  const { ada, own, allLive } = await signedIn(app)
  const bodies: (string | Uint8Array)[] = [
    'session=',
    'session=__proto__',
    `session=${own}+`,
    `session=%20${own}`,
    `session=${own}%00`,
    `session=${own.toUpperCase()}`,
    `session[]=x&session=${own}x`,
    'session=*',
    'session=%E0%A4%A',
    `session=${'x'.repeat(10_000)}`,
    `session=${'x'.repeat(1_048_576)}`,
    Array.from({ length: 101 }, () => `session=${own}`).join('&'),
    `${Array.from({ length: 5000 }, (_, index) => `a${index}=1`).join('&')}&session=x`,
    'action=delete-everything',
    `action=sign-out&session=${own}`,
    'action=sign-out&action=sign-out',
    Buffer.from('session=\xff\xfe', 'latin1'),
  ]
  for (const body of bodies) {
    for (const path of [PAGE, ADMIN]) {
      const { status } = await raw(app, ada, 'POST', path, FORM, body)
      expect([path, String(body).slice(0, 60), status >= 300 && status < 500]).toEqual([
        path,
        String(body).slice(0, 60),
        true,
      ])
    }
  }
  await allLive()
})

test('users that are none end nothing on the admin page', async () => {
  await using app = await startBodyApp()
  const { ada, own, allLive } = await signedIn(app)
  const users = [
    'user=&',
    'user=%00&',
    `user=${'u'.repeat(300)}&`,
    'user=%ED%A0%80&',
    'user=bob&',
    'user=ada&user=bob&',
    '',
  ]
  for (const user of users) {
    const { status } = await raw(app, ada, 'POST', ADMIN, FORM, `${user}session=${own}`)
    expect([user.slice(0, 20), status >= 300 && status < 500]).toEqual([user.slice(0, 20), true])
  }
  await allLive()
})

test('a body without a length, in pieces, is bounded like any other', async () => {
  await using app = await startBodyApp()
  const { ada, allLive } = await signedIn(app)
  const cookie = [...ada.cookies].map((pair) => pair.join('=')).join('; ')
  const piece = `400\r\n${'x'.repeat(0x400)}\r\n`
  const head = `DELETE ${API} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
  expect((await rawRequest(app.url, `${head}${piece.repeat(64)}0\r\n\r\n`)).status).toBe(413)
  expect((await rawRequest(app.url, `${head}zz\r\n`)).status).toBe(400)
  await allLive()
})

test('a foreign id and an unknown id get answers that are the same to the byte, on the API and on the page', async () => {
  await using app = await startBodyApp()
  const { ada, own, foreign, allLive } = await signedIn(app)
  for (const path of [API, '/parsed/sessions']) {
    const answer = (id: string) =>
      raw(app, ada, 'DELETE', path, 'application/json', JSON.stringify({ sessions: [own, id] }))
    const told = await answer(foreign)
    expect(told.status).toBe(400)
    expect(await answer(UNKNOWN)).toEqual(told)
  }
  const posted = (id: string) => raw(app, ada, 'POST', PAGE, FORM, `session=${own}&session=${id}`)
  const told = await posted(foreign)
  expect(told.status).toBe(303)
  expect(await posted(UNKNOWN)).toEqual(told)
  await allLive()
})

test('a batch with one foreign id ends none of it, wherever the foreign one stands', async () => {
  await using app = await startBodyApp()
  const { ada, own, foreign, allLive } = await signedIn(app)
  for (const sessions of [
    [foreign, own],
    [own, foreign],
    [own, foreign, own],
  ]) {
    expect((await ada.json(API, 'DELETE', { sessions })).status).toBe(400)
    await ada.post(PAGE, new URLSearchParams(sessions.map((id): [string, string] => ['session', id])))
  }
  await allLive()
})

test('mass assignment: nothing but the ids is read from a body', async () => {
  await using app = await startBodyApp()
  const { ada, phone, bob, own } = await signedIn(app)
  const body = {
    sessions: [own],
    user: 'bob',
    userId: 'bob',
    all: true,
    is_current: false,
    reason: 'admin',
    by: 'root',
  }
  expect((await ada.json(API, 'DELETE', body)).status).toBe(200)
  expect((await phone.json('/me')).status).toBe(401)
  expect((await bob.json('/me')).status).toBe(200)
  expect((await app.sessions.user('ada').get(own))?.endedBy).toBe('ada')
})

test('data of the app with __proto__ is kept as it is and reaches no prototype; too large data is refused', async () => {
  await using app = await startBodyApp()
  const { own } = await signedIn(app)
  const handle = app.sessions.user('ada')
  const data: Record<string, unknown> = JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"ok":1}',
  )
  expect(await handle.update(own, { data })).toBe(true)
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
  const kept = await handle.get(own)
  expect(kept?.data.ok).toBe(1)
  expect(Reflect.get(kept?.data ?? {}, 'polluted')).toBeUndefined()
  const update = async (patch: object) => handle.update(own, patch)
  await expect(update({ data: { text: 'x'.repeat(9000) } })).rejects.toMatchObject({ code: 'data_too_large' })
  for (const bad of [null, 'x', [], { big: 1n }, () => {}])
    await expect(update({ data: bad })).rejects.toMatchObject({ code: 'data_invalid' })
})
