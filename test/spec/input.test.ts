import { describe, expect, test } from 'vitest'
import { DefaultUserSessionsAdapter } from '../../src/index.js'
import { startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'
import { keptLog } from './kept-log.js'
import { type RawAnswer, rawRequest } from './raw-request.js'

const PATHS = ['/accounts/sessions/', '/api/auth/sessions', '/admin/sessions/', '/me']

function startHostileApp(log = keptLog()): Promise<TestApp> {
  return startApp({
    server: { maxHeaderSize: 256 * 1024 },
    sessions: { trustedProxies: 1, trackActivity: true, logger: log },
    routes: (app, us) => app.use('/admin', us.admin({ allow: () => 'grace' })),
  })
}

/** One request with header lines as they are, in latin1. */
function send(app: TestApp, method: string, path: string, headers: readonly string[]): Promise<RawAnswer> {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: app.example',
    'Connection: close',
    'Content-Length: 0',
    ...headers,
  ]
  return rawRequest(app.url, Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
}

function cookieOf(answer: RawAnswer): string {
  return /\r\nset-cookie: ([^;\r]*)/i.exec(answer.head)?.[1] ?? ''
}

const UTF8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

const USER_AGENTS: readonly (readonly [string, readonly string[]])[] = [
  ['absent', []],
  ['empty', ['User-Agent:']],
  ['only white space', ['User-Agent:    ']],
  ['repeated', ['User-Agent: one', 'User-Agent: two', 'user-agent: three']],
  ['64 KiB long', [`User-Agent: ${'A'.repeat(65_536)}`]],
  ['200 KiB of brackets', [`User-Agent: ${'('.repeat(200_000)}`]],
  ['invalid UTF-8', ['User-Agent: \xff\xfe\xc3\x28\xf0\x28\x8c\xbc']],
  ['a lone surrogate as bytes', ['User-Agent: \xed\xa0\x80 \xed\xbf\xbf']],
  ['emoji at the cut', [`User-Agent: ${'x'.repeat(510)}${UTF8('😀😀')}`]],
  ['bidi and zero-width characters', [`User-Agent: ${UTF8('\u202eevil\u200b\u2066')}`]],
  ['markup', ['User-Agent: "><script>alert(1)</script><!--']],
  ['a format string and SQL', ["User-Agent: %s%n'; DROP TABLE user_sessions; --"]],
  ['slow for careless patterns', [`User-Agent: ${'Mozilla/5.0 ('.repeat(3000)}`]],
  ['slow for careless patterns again', [`User-Agent: ${`Version/${'1.'.repeat(8000)}`}`]],
  ['__proto__', ['User-Agent: __proto__']],
  ['tabs', ['User-Agent: a\tb\tc']],
]

const FORWARDED: readonly (readonly [string, readonly string[], string | null])[] = [
  ['unknown', ['X-Forwarded-For: unknown'], null],
  ['a list: the one next to the proxy', ['X-Forwarded-For: 198.51.100.1, 203.0.113.5'], '203.0.113.5'],
  ['a port', ['X-Forwarded-For: 203.0.113.5:4711'], '203.0.113.5'],
  ['a bracketed port', ['X-Forwarded-For: [::1]:80'], '::1'],
  ['a zone', ['X-Forwarded-For: fe80::1%eth0'], 'fe80::1'],
  ['a mapped address', ['X-Forwarded-For: ::ffff:1.2.3.4'], '1.2.3.4'],
  ['octal', ['X-Forwarded-For: 010.1.1.1'], null],
  ['empty', ['X-Forwarded-For:'], null],
  ['commas only', ['X-Forwarded-For: ,,,,'], null],
  ['repeated', ['X-Forwarded-For: 198.51.100.1', 'X-Forwarded-For: 203.0.113.9'], '203.0.113.9'],
  ['60,000 entries', [`X-Forwarded-For: ${'1.2.3.4,'.repeat(20_000)}203.0.113.7`], '203.0.113.7'],
  ['invalid UTF-8', ['X-Forwarded-For: \xff\xfe'], null],
  ['markup', ['X-Forwarded-For: <script>alert(1)</script>'], null],
  ['a number', ['X-Forwarded-For: 3405803781'], null],
]

describe('no user agent loses a login or breaks a page', () => {
  test.each(USER_AGENTS)('%s', async (_name, headers) => {
    const log = keptLog()
    await using app = await startHostileApp(log)
    const answer = await send(app, 'POST', '/login?user=ada', headers)
    expect(answer.status).toBe(303)
    const cookie = `Cookie: ${cookieOf(answer)}`
    for (const path of PATHS) {
      const shown = await send(app, 'GET', path, [...headers, cookie])
      expect([path, shown.status]).toEqual([path, 200])
      if (shown.head.includes('text/html')) expect(shown.body).not.toContain('<script>alert')
      else expect(shown.head).toMatch(/content-type: application\/json/i)
    }
    const [listed] = await app.sessions.user('ada').list()
    expect([...(listed?.userAgent ?? '')].length).toBeLessThanOrEqual(512)
    expect(listed?.userAgent ?? '').not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
    expect(log.lines).toEqual([])
  })
})

describe('no forwarded address loses a login, and what is no address is none', () => {
  test.each(FORWARDED)('%s', async (_name, headers, ip) => {
    await using app = await startHostileApp()
    const answer = await send(app, 'POST', '/login?user=ada', headers)
    expect(answer.status).toBe(303)
    for (const path of PATHS) {
      expect([path, (await send(app, 'GET', path, [...headers, `Cookie: ${cookieOf(answer)}`])).status]).toEqual([
        path,
        200,
      ])
    }
    expect(await app.sessions.user('ada').list()).toMatchObject([{ ip }])
  })
})

test('a NUL or a line end inside a header is refused by the server and breaks nobody else', async () => {
  await using app = await startHostileApp()
  for (const bad of ['User-Agent: a\0b', 'User-Agent: a\rb', 'X-Forwarded-For: 1.2.3.4\0', 'Cookie: connect.sid=\0']) {
    const answer = await send(app, 'POST', '/login?user=ada', [bad])
    expect(answer.status).toBe(400)
  }
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  expect((await ada.get('/me')).status).toBe(200)
})

test('NUL, CR LF and lone surrogates that an adapter hands on are stored and shown without harm', async () => {
  class Hostile extends DefaultUserSessionsAdapter {
    override userAgent(): string {
      return 'a\0b\r\nSet-Cookie: x=1\ud800<b>'
    }
    override clientIp(): string {
      return '1.2.3.4\r\nX: \0'
    }
  }
  const log = keptLog()
  await using app = await startApp({ sessions: { adapter: new Hostile(), trackActivity: true, logger: log } })
  const ada = new Browser(app.url)
  expect((await ada.signIn('ada')).status).toBe(303)
  for (const path of ['/accounts/sessions/', '/api/auth/sessions', '/me']) {
    const response = await ada.get(path)
    expect(response.status).toBe(200)
    expect(response.headers.get('x')).toBeNull()
    if (path === '/accounts/sessions/') expect(await response.text()).not.toMatch(/<b>|\0|\r/)
  }
  for (const line of log.lines) expect(line).not.toMatch(/\r\nSet-Cookie/)
})

test('an adapter that cannot tell the client loses no login', async () => {
  class Broken extends DefaultUserSessionsAdapter {
    override userAgent(): string {
      throw new Error('no user agent')
    }
    override clientIp(): string {
      throw new Error('no address')
    }
  }
  await using app = await startApp({ sessions: { adapter: new Broken(), logger: keptLog() } })
  const ada = new Browser(app.url)
  expect((await ada.signIn('ada')).status).toBe(303)
  expect((await ada.json('/me')).status).toBe(200)
  expect((await ada.get('/accounts/sessions/')).status).toBe(200)
})

test('a cookie that nobody made is a visit by nobody, never a 5xx', async () => {
  await using app = await startHostileApp()
  for (const value of [
    's%3Ax.y',
    's:..%2f..%2fetc%2fpasswd.x',
    '%',
    '%00',
    's%3A',
    '__proto__',
    'j:{"a":1}',
    'x'.repeat(60_000),
    '\xff\xfe',
    's%3A%7B%7D.z',
    '"; DROP',
  ]) {
    for (const path of PATHS.filter((one) => one !== '/admin/sessions/')) {
      const { status } = await send(app, 'GET', path, [`Cookie: connect.sid=${value}`])
      expect([302, 401]).toContain(status)
    }
    expect((await send(app, 'POST', '/login?user=ada', [`Cookie: connect.sid=${value}`])).status).toBe(303)
  }
})

test('no method and no address of ours is answered with a 5xx', async () => {
  await using app = await startHostileApp()
  const cookie = `Cookie: ${cookieOf(await send(app, 'POST', '/login?user=ada', []))}`
  const targets = [
    ...PATHS,
    '/accounts/sessions',
    '/accounts/sessions/x.css',
    '/accounts/sessions/%2e%2e',
    '/accounts/sessions/?message=ended&n=99999999999999999999',
    '/accounts/sessions/?message=__proto__&n=<b>',
    `/accounts/sessions/?${'a=1&'.repeat(5000)}`,
    '/accounts/sessions/?message=%E0%A4%A',
    '/accounts//sessions/',
    '//evil.example/accounts/sessions/',
    '/accounts/sessions/;x=1',
    '/admin/sessions/?q=%00&after=%27',
    `/admin/sessions/?q=${'%25'.repeat(3000)}`,
    '/admin/sessions/?after=01900000-0000-7000-8000-000000000000',
    '/accounts/sessions/%',
    'http://evil.example/accounts/sessions/',
  ]
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY']) {
    for (const target of targets) {
      const { status } = await send(app, method, target, [cookie])
      expect([method, target, status < 500 && status > 0]).toEqual([method, target, true])
    }
  }
})

test('a file-like address below the page is not the page, so that no cache keeps it', async () => {
  await using app = await startHostileApp()
  const ada = new Browser(app.url)
  await ada.signIn('ada')
  for (const path of [
    '/accounts/sessions/x.css',
    '/accounts/sessions/;x.css',
    '/accounts/sessions/%2fx.css',
    '/api/auth/sessions/x.json',
  ]) {
    const response = await ada.get(path)
    expect([path, response.status]).toEqual([path, 404])
    expect(await response.text()).not.toContain('Your sessions')
  }
})
