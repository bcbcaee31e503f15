import type { Request } from 'express'
import session from 'express-session'
import { expect, test, vi } from 'vitest'
import {
  type AdapterParts,
  DefaultUserSessionsAdapter,
  type EndContext,
  type RequestSource,
  type UserSession,
} from '../../src/index.js'
import { startSink } from '../unit/notices/smtp-sink.js'
import { startApp } from './app.js'
import { Browser } from './browser.js'
import { countedStorage } from './counted-storage.js'
import { fakeClock } from './fake-clock.js'

const DAY = 86_400_000

class OwnAdapter extends DefaultUserSessionsAdapter {
  readonly asked: { readonly count: number; readonly reason: string; readonly by: string | null }[] = []
  readonly spared = new Set<string>()

  override async endSessions(
    sessions: readonly UserSession<unknown>[],
    context: EndContext,
  ): Promise<UserSession<unknown>[]> {
    this.asked.push({ count: sessions.length, reason: context.reason, by: context.by })
    return super.endSessions(
      sessions.filter(({ name }) => name !== 'kiosk'),
      context,
    )
  }

  override clientIp(source: RequestSource, parts: AdapterParts): string | null {
    return source.header('cf-connecting-ip') ?? super.clientIp(source, parts)
  }

  override userAgent(source: RequestSource, parts: AdapterParts): string | null {
    return source.header('x-app-agent') ?? super.userAgent(source, parts)
  }

  override describe(userAgent: string | null, parts: AdapterParts) {
    const device = super.describe(userAgent, parts)
    return userAgent?.startsWith('AcmeApp/') ? { ...device, label: 'Acme app' } : device
  }
}

test('parity row 11: an adapter ends what it chooses through super, and counts are its', async () => {
  const adapter = new OwnAdapter()
  await using app = await startApp({ sessions: { adapter } })
  const [ada, phone, kiosk] = [new Browser(app.url), new Browser(app.url), new Browser(app.url)]
  await kiosk.signIn('ada')
  const [{ id } = { id: '' }] = await app.sessions.user('ada').list()
  await app.sessions.user('ada').update(id, { name: 'kiosk' })
  for (const browser of [ada, phone]) await browser.signIn('ada')
  const answer = await ada.post('/accounts/sessions/')
  expect(answer.headers.get('location')).toContain('n=1')
  expect((await phone.json('/me')).status).toBe(401)
  expect((await kiosk.json('/me')).status).toBe(200)
  expect(await app.sessions.user('ada').end([id], { reason: 'admin', by: 'admin:grace' })).toEqual([])
  expect(adapter.asked).toEqual([
    { count: 2, reason: 'other-session', by: 'ada' },
    { count: 1, reason: 'admin', by: 'admin:grace' },
  ])
})

test('parity row 11: an adapter tells address, user agent and device in its own way, with super for the rest', async () => {
  await using app = await startApp({ sessions: { adapter: new OwnAdapter() } })
  const [own, plain] = [
    new Browser(app.url, { 'cf-connecting-ip': '203.0.113.9', 'x-app-agent': 'AcmeApp/7', 'user-agent': 'okhttp/4' }),
    new Browser(app.url, { 'user-agent': 'curl/8.5.0' }),
  ]
  await own.signIn('own')
  await plain.signIn('plain')
  expect(await app.sessions.user('own').list()).toMatchObject([
    { ip: '203.0.113.9', userAgent: 'AcmeApp/7', device: { label: 'Acme app' } },
  ])
  expect(await app.sessions.user('plain').list()).toMatchObject([
    { ip: '127.0.0.1', userAgent: 'curl/8.5.0', device: { label: 'curl' } },
  ])
})

function isExpress(request: object): request is Request {
  return 'path' in request && 'get' in request && 'baseUrl' in request
}

test('parity row 12: a client change is told once, with the request of the framework, the user, from and to', async () => {
  const told: { user: string; from: unknown; to: unknown; change: unknown; path: string; agent: string | undefined }[] =
    []
  await using app = await startApp({ sessions: { trackActivity: true, trustedProxies: 1 } })
  app.sessions.on('clientChanged', ({ request, user, from, to, change }) => {
    // With the bindings of other frameworks in the same program, the type is theirs, too.
    if (!isExpress(request)) throw new TypeError('not a request of Express')
    told.push({ user, from, to, change, path: request.path, agent: request.get('user-agent') })
  })
  const headers = { 'user-agent': 'curl/8.5.0', 'x-forwarded-for': '203.0.113.1' }
  const ada = new Browser(app.url, headers)
  await ada.signIn('ada')
  await ada.get('/me')
  await app.sessions.flush()
  expect(told).toEqual([])
  Object.assign(headers, { 'x-forwarded-for': '198.51.100.7' })
  await Promise.all(Array.from({ length: 8 }, () => ada.get('/me')))
  await ada.get('/me')
  await app.sessions.flush()
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({
    user: 'ada',
    from: { ip: '203.0.113.1', userAgent: 'curl/8.5.0' },
    to: { ip: '198.51.100.7', userAgent: 'curl/8.5.0' },
    change: { ip: true, userAgent: false },
    path: '/me',
    agent: 'curl/8.5.0',
  })
})

test('parity row 12: two nodes on one storage tell one change once', async () => {
  const { storage } = await countedStorage()
  const store = new session.MemoryStore()
  const options = { sessions: { storage, trackActivity: true, trustedProxies: 1 }, store }
  await using one = await startApp(options)
  await using two = await startApp(options)
  let told = 0
  for (const app of [one, two]) app.sessions.on('clientChanged', () => told++)
  const headers = { 'x-forwarded-for': '203.0.113.1' }
  const [ada, adaOnTwo] = [new Browser(one.url, headers), new Browser(two.url, headers)]
  await ada.signIn('ada')
  for (const [name, value] of ada.cookies) adaOnTwo.cookies.set(name, value)
  for (const browser of [ada, adaOnTwo]) await browser.get('/me')
  Object.assign(headers, { 'x-forwarded-for': '198.51.100.7' })
  await Promise.all([ada.get('/me'), adaOnTwo.get('/me')])
  for (const app of [one, two]) await app.sessions.flush()
  expect(told).toBe(1)
})

test('parity row 12: with tracking off nothing is told', async () => {
  await using app = await startApp({ sessions: { trustedProxies: 1 } })
  let told = 0
  app.sessions.on('clientChanged', () => told++)
  const headers = { 'x-forwarded-for': '203.0.113.1' }
  const ada = new Browser(app.url, headers)
  await ada.signIn('ada')
  Object.assign(headers, { 'x-forwarded-for': '198.51.100.7' })
  await ada.get('/me')
  await app.sessions.flush()
  expect(told).toBe(0)
})

test('parity row 13: a client change sends a security mail over SMTP, with the client and not the server in it', async () => {
  const sink = await startSink()
  const mail = {
    transport: sink.url,
    from: 'security@example.com',
    to: (user: string) => `${user}@example.com`,
    pageUrl: 'https://app.example.com/accounts/sessions/',
  }
  await using app = await startApp({ sessions: { trackActivity: true, trustedProxies: 1, mail } })
  const headers = { 'user-agent': 'curl/8.5.0', 'x-forwarded-for': '203.0.113.1', host: 'evil.example' }
  const ada = new Browser(app.url, headers)
  await ada.signIn('ada')
  Object.assign(headers, { 'x-forwarded-for': '198.51.100.7' })
  await ada.get('/me')
  await sink.arrived(1)
  await ada.get('/me')
  await app.close()
  await sink.close()
  expect(sink.mails).toHaveLength(1)
  expect(sink.mails[0]?.recipients).toEqual(['ada@example.com'])
  const raw = sink.mails[0]?.raw.replaceAll('=\r\n', '') ?? ''
  for (const text of ['203.0.113.1', '198.51.100.7', 'curl', 'https://app.example.com/accounts/sessions/'])
    expect(raw).toContain(text)
  for (const text of ['127.0.0.1/', 'evil.example', 'undici']) expect(raw).not.toContain(text)
})

test('parity row 13: mails are off by default', async () => {
  const sink = await startSink()
  await using app = await startApp({ sessions: { trackActivity: true, trustedProxies: 1 } })
  const headers = { 'x-forwarded-for': '203.0.113.1' }
  const ada = new Browser(app.url, headers)
  await ada.signIn('ada')
  Object.assign(headers, { 'x-forwarded-for': '198.51.100.7' })
  await ada.get('/me')
  await app.sessions.flush()
  await app.close()
  await sink.close()
  expect(sink.mails).toEqual([])
})

test('parity row 14: purge deletes in chunks what is past its retention and says truly how many', async () => {
  const clock = fakeClock()
  const { storage } = await countedStorage({ clock: clock.now })
  await using app = await startApp({
    sessions: { storage, clock: clock.now, retention: 7 * DAY },
    session: { cookie: { maxAge: DAY } },
  })
  for (const user of ['ada', 'bob', 'ada']) await new Browser(app.url).signIn(user)
  await app.sessions.user('bob').endAll()
  clock.advance(5 * DAY)
  await new Browser(app.url).signIn('ada')
  expect(await app.sessions.everyone.purge()).toBe(0)
  clock.advance(5 * DAY)
  const progress: number[] = []
  expect(await app.sessions.everyone.purge({ dryRun: true })).toBe(3)
  expect(await app.sessions.everyone.purge({ onProgress: (purged) => progress.push(purged) })).toBe(3)
  expect(progress).toEqual([3])
  expect(await app.sessions.everyone.purge({ dryRun: true })).toBe(0)
  expect(await app.sessions.everyone.purge()).toBe(0)
  expect(await app.sessions.user('bob').export()).toEqual([])
  expect(await app.sessions.user('ada').export()).toHaveLength(1)
})

test('parity row 14: the app purges by itself now and then', async () => {
  const clock = fakeClock()
  await using app = await startApp({ sessions: { clock: clock.now, retention: 0, purgeInterval: 10 } })
  await new Browser(app.url).signIn('ada')
  clock.advance(32 * DAY)
  await vi.waitFor(async () => expect(await app.sessions.user('ada').export()).toEqual([]))
})
