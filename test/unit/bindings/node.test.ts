import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import { text } from 'node:stream/consumers'
import session from 'express-session'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { forNode } from '../../../src/bindings/node.js'
import { forNodeTokens } from '../../../src/bindings/node-tokens.js'
import type { Next, NodeRequest, NodeResponse } from '../../../src/bindings/node-types.js'
import { createUserSessions } from '../../../src/index.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import { SECRET } from '../../contract/contract-app.js'
import { listening } from '../../contract/listening.js'
import { Browser } from '../../spec/browser.js'
import { fakeClock } from '../../spec/fake-clock.js'
import { keptLog } from '../../spec/kept-log.js'

type Middleware = (request: IncomingMessage, response: ServerResponse, next: Next) => unknown
type Layer = readonly [mount: string, Middleware]

/** What connect and polka do: one after the other, the mount cut off `url` and the whole kept beside it. */
function chain(layers: readonly Layer[]): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const whole = request.url ?? '/'
    Object.assign(request, { originalUrl: whole })
    const run = (index: number, error?: unknown): unknown => {
      const [mount, middleware] = layers[index] ?? []
      if (error || !middleware) {
        response.statusCode = error ? 500 : 404
        return response.end(error instanceof Error ? error.message : '')
      }
      if (mount !== '/' && !whole.startsWith(`${mount}/`)) return run(index + 1)
      request.url = mount === '/' ? whole : whole.slice(mount?.length)
      return middleware(request, response, (later) => run(index + 1, later))
    }
    run(0)
  }
}

async function start(sessions: Awaited<ReturnType<typeof createUserSessions>>, layers: readonly Layer[]) {
  const server = createServer(chain(layers))
  const { url, close } = await listening(server.listen(0, '127.0.0.1'))
  const dispose = async () => {
    await close()
    await sessions.close()
  }
  return { server, url, [Symbol.asyncDispose]: dispose }
}

const OPTIONS = { secret: SECRET, resave: false, saveUninitialized: false }
const signsIn: Middleware = (request, response) => {
  Object.assign(Object(Reflect.get(request, 'session')), { userId: 'ada' })
  response.end()
}

async function withSession() {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET })
  return { sessions, us: forNode(sessions, { user: (data) => data.userId }) }
}

test('below mounts that cut the path, as connect and polka have them, what is not ours goes on', async () => {
  const { sessions, us } = await withSession()
  const own: Middleware = (request, response) => response.end(`own ${request.url}`)
  await using app = await start(sessions, [
    ['/', us.session(session, OPTIONS)],
    ['/login', signsIn],
    ['/accounts', us.page('/accounts')],
    ['/api/auth', us.api('/api/auth/')],
    ['/', us.page('')],
    ['/', own],
  ])
  const browser = new Browser(app.url)
  await browser.post('/login/')
  expect((await browser.get('/accounts/sessions')).headers.get('location')).toBe('/accounts/sessions/')
  expect(await (await browser.get('/accounts/sessions/')).text()).toContain('action="/accounts/sessions/"')
  expect((await browser.json('/api/auth/sessions')).body).toMatchObject({ data: [{ is_current: true }] })
  expect(await (await browser.get('/sessions/')).text()).toContain('action="/sessions/"')
  expect(await (await browser.get('/accounts/x')).text()).toBe('own /accounts/x')
  expect(await (await browser.get('/other/sessions/')).text()).toBe('own /other/sessions/')
})

test('a WebSocket’s handshake is admitted, or answered', async () => {
  const { sessions, us } = await withSession()
  await using app = await start(sessions, [
    ['/', us.session(session, OPTIONS)],
    ['/login', signsIn],
  ])
  const seen: unknown[] = []
  app.server.on('upgrade', async (request, socket) => {
    const visitor = await us.upgrade(request, socket)
    seen.push(visitor?.user)
    socket.destroy()
  })
  const browser = new Browser(app.url)
  await browser.post('/login/')
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
  for (const headers of [{ cookie }, {}]) {
    const socket = new WebSocket(app.url.replace('http', 'ws'), { headers })
    await once(socket, 'error')
  }
  expect(seen).toEqual(['ada', undefined])
})

test('express-session on HTTP/2 is refused in words', async () => {
  const { sessions, us } = await withSession()
  const middleware = us.session(session, OPTIONS)
  const told: unknown[] = []
  const server = http2.createServer((request, response) => {
    Reflect.apply(middleware, undefined, [request, response, (error: unknown) => told.push(error)])
    response.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const client = http2.connect(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  await once(client.request({ ':path': '/' }), 'response')
  expect(told).toEqual([expect.objectContaining({ message: expect.stringContaining('does not serve HTTP/2') })])
  client.close()
  server.close()
  await sessions.close()
})

const tokensOf = new WeakMap<NodeRequest, { key: string; user: string }>()

async function withTokens() {
  const clock = fakeClock()
  const storage = memoryStorage({ clock: clock.now })
  const sessions = await createUserSessions({ storage, secret: SECRET, clock: clock.now, logger: keptLog() })
  const us = forNodeTokens(sessions, { claims: (request) => tokensOf.get(request) })
  const admit = us.session()
  const page = us.page('/accounts')
  const api = us.api('/api/auth')
  const serve = (request: NodeRequest, response: NodeResponse) => {
    const [, key] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
    if (key) tokensOf.set(request, { key, user: 'ada' })
    admit(request, response, async () => {
      if ((await page(request, response)) || (await api(request, response))) return
      if (request.url === '/login') response.setHeader('x-key', (await us.of(request).issue('ada')).key)
      response.end(String(us.of(request).user))
    })
  }
  return { clock, storage, sessions, us, serve }
}

test('tokens serve over HTTP/2, are ended, and are answered 503 where nothing can tell', async () => {
  const { sessions, storage, clock, serve } = await withTokens()
  const server = http2.createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const client = http2.connect(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  const ask = async (path: string, key = '', method = 'GET') => {
    const stream = client.request({ ':path': path, ':method': method, ...(key && { authorization: `Bearer ${key}` }) })
    const [head] = await once(stream.end(method === 'POST' ? '' : undefined), 'response')
    return { status: head[':status'], key: String(head['x-key']), body: await text(stream) }
  }
  const [one, two] = [await ask('/login'), await ask('/login')]
  expect((await ask('/', one.key)).body).toBe('ada')
  expect((await ask('/accounts/sessions/', one.key)).body).toContain('<html')
  expect((await ask('/accounts/sessions/', one.key, 'POST')).status).toBe(303)
  expect(await ask('/', two.key)).toMatchObject({ status: 401, body: expect.stringContaining('"flows"') })
  expect((await ask('/', one.key)).status).toBe(200)
  await storage.close()
  clock.advance(60_000)
  expect(await ask('/', one.key)).toMatchObject({ status: 503, body: expect.stringContaining('unavailable') })
  client.close()
  server.close()
  await sessions.close()
})

test('what is set up wrongly says so', async () => {
  const { sessions, us } = await withSession()
  expect(() => Reflect.apply(us.session, undefined, [OPTIONS])).toThrow(/takes express-session itself first/)
  for (const base of [undefined, {}, 'accounts', '/accounts?x'])
    expect(() => Reflect.apply(us.page, undefined, [base])).toThrow(/take their base first/)
  expect(() => Reflect.apply(us.admin, undefined, ['/admin', {}])).toThrow(/us\.admin needs `allow`/)
  const bare = session(OPTIONS)
  await using app = await start(sessions, [
    ['/late', us.page('/late')],
    ['/bare', (...call) => Reflect.apply(bare, undefined, call)],
    ['/bare', us.session(session, OPTIONS)],
  ])
  const browser = new Browser(app.url)
  for (const path of ['/late/sessions/', '/bare/']) {
    const response = await browser.get(path)
    expect([response.status, await response.text()]).toEqual([
      500,
      expect.stringContaining('us.session(session, { … })(req'),
    ])
  }
  const page = us.page('/late')
  await expect(
    Reflect.apply(page, undefined, [{ headers: {}, rawHeaders: [], url: '/late/sessions/' }, {}]),
  ).rejects.toThrow(/has not seen this request/)
})
