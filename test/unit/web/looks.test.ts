import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createPage } from '../../../src/web/page.js'
import type { PageOptions } from '../../../src/web/page-options.js'
import type { PageView } from '../../../src/web/page-view.js'
import type { WebOptions } from '../../../src/web/web-context.js'
import { answered, call, FakeSessions, id, OPTIONS, session } from './fake-sessions.js'
import { PAYLOADS } from './payloads.js'

async function draw(options: Partial<WebOptions & PageOptions>, ...live: Parameters<typeof session>[1][]) {
  const sessions = new FakeSessions(session(1), ...live.map((over, index) => session(index + 2, over)))
  return answered(await createPage({ ...OPTIONS, ...options })(call(sessions, '/sessions/')))
}

/** The tags of a document, each with the names of its attributes. */
function tags(text: string): string[] {
  const [, body = ''] = text.split('</style>')
  return [...body.matchAll(/<(\/?[a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/gi)].map(
    ([, tag = '', attributes = '']) => `${tag} ${attributes.replace(/="[^"]*"/g, '')}`,
  )
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

describe('text of a user', () => {
  it('has enough ways to try it', () => {
    expect(new Set(PAYLOADS).size).toBeGreaterThanOrEqual(50)
  })

  it('adds no tag and no attribute to the page: user agent, name, label and IP address', async () => {
    const plain = { userAgent: 'x', name: 'x', ip: 'x' }
    const label = (text: string) => ({ label: text, browser: null, version: null, os: null, kind: 'unknown' as const })
    const expected = await (await draw({}, { ...plain, device: label('x') })).text()
    for (const payload of PAYLOADS) {
      const over = { userAgent: payload, name: payload, ip: payload, device: label(payload) }
      const text = await (await draw({}, over)).text()
      expect([payload, tags(text)]).toEqual([payload, tags(expected)])
      for (const mark of ['<', '>', '"']) expect([payload, count(text, mark)]).toEqual([payload, count(expected, mark)])
    }
  })

  it.each([
    ['a right-to-left override', 'abc\u202egnp.exe', 'abcgnp.exe'],
    ['isolates and marks', '\u2066a\u2069\u200e\u200f\u061cb', 'ab'],
    ['zero width', 'a\u200b\u200c\u200d\u2060\ufeffb', 'ab'],
    ['soft hyphens and fillers', 'a\u00ad\u3164\u115f\uffa0b', 'ab'],
    ['tag characters', 'a\u{e0041}\u{e007f}b', 'ab'],
    ['controls', 'a\0\u0007\u001b[31m\u0085b', 'a[31mb'],
    ['line ends', 'a\r\n\tb\u2028c', 'a b c'],
    ['half of a pair', 'a\ud83db\ude00', 'ab'],
    ['a pile of accents', `a${'\u0301'.repeat(60)}b`, `a${'\u0301'.repeat(4)}b`],
  ])('is shown without %s', async (_name, name, expected) => {
    const text = await (await draw({}, { name, userAgent: name })).text()
    expect(text).toContain(`<bdi>${expected}</bdi>`)
    expect(text).toContain(`title="${expected}"`)
    expect(text).toContain(`aria-label="Sign out ${expected}"`)
  })

  it('is set apart, so that it cannot turn the text around it', async () => {
    expect(await (await draw({}, { name: 'עברית' })).text()).toContain('<bdi>עברית</bdi>')
  })

  it('shows the device when nothing of a name is left, and Unknown when nothing of a label is', async () => {
    const device = { label: '\u200b', browser: null, version: null, os: null, kind: 'unknown' as const }
    expect(await (await draw({}, { name: ' \u200b ', device })).text()).toContain('<bdi>Unknown</bdi>')
  })

  it('may hold dollar signs, which are no pattern', async () => {
    expect(await (await draw({}, { name: "$& $' $1" })).text()).toContain('aria-label="Sign out $&amp; $&#39; $1"')
  })
})

describe('the headers', () => {
  it('let no script run, no cache keep and no site frame the page', async () => {
    const response = await draw({})
    const style = /<style>(.*?)<\/style>/s.exec(await response.text())?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(Object.fromEntries(response.headers)).toEqual({
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      vary: 'Accept-Language, Cookie',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  it('are private on every answer', async () => {
    const page = createPage(OPTIONS)
    const nobody = new FakeSessions()
    nobody.user = undefined
    const answers = [
      await page(call(nobody, '/sessions/')),
      await page(call(nobody, '/sessions')),
      await page(call(nobody, '/sessions/', { method: 'PUT' })),
      await page(call(nobody, '/sessions/', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })),
    ].map(answered)
    expect(answers.map(({ status }) => status)).toEqual([302, 301, 405, 403])
    for (const { headers } of answers) {
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff'])
    }
  })

  it('let forms go where signing out leads', async () => {
    const response = await draw({ logoutUrl: 'https://id.example/out?x', loginUrl: 'https://login.example:8443/' })
    expect(response.headers.get('content-security-policy')).toContain(
      "form-action 'self' https://id.example https://login.example:8443;",
    )
  })

  it('take what the app adds to them', async () => {
    const response = await draw({ csp: { 'style-src': ["'self'"], 'img-src': ['https://i.example'] } })
    const policy = response.headers.get('content-security-policy')
    expect(policy).toMatch(/style-src 'sha256-[^']*' 'self';/)
    expect(policy).toContain("img-src 'self' https://i.example")
  })
})

describe('the page as a document', () => {
  it('has a language, one heading, a main part, a status and a name on every button', async () => {
    const text = await (await draw({}, { name: 'Kitchen' })).text()
    expect(text).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/)
    expect([count(text, '<h1'), count(text, '<main>'), count(text, 'role="status"')]).toEqual([1, 1, 1])
    expect(text).toContain('<title>Your sessions</title>')
    expect(text).toContain('aria-label="Sign out Kitchen"')
    expect(text).not.toMatch(/<script|\sstyle=|\son[a-z]+=|https?:/)
  })

  it('says so when there is nothing to show', async () => {
    const sessions = new FakeSessions()
    const text = await answered(await createPage(OPTIONS)(call(sessions, '/sessions/'))).text()
    expect(text).toContain('There are no sessions to show.')
  })
})

describe('the app’s own looks (parity row 20)', () => {
  it('fills the slots with trusted markup or with what is made of the view, and takes the title for text', async () => {
    const slots = {
      head: '<link rel="stylesheet" href="/app.css">',
      header: (view: PageView) => `<nav>${view.sessions.length}</nav>`,
      footer: '<footer>Bye</footer>',
      title: 'Devices & <more>',
    }
    const text = await (await draw({ slots })).text()
    expect(text).toMatch(/<link rel="stylesheet" href="\/app.css"><\/head>/)
    expect(text).toContain('<nav>1</nav><main>')
    expect(text).toContain('</main><footer>Bye</footer>')
    expect(text).toContain('<title>Devices &amp; &lt;more&gt;</title>')
    expect(text).toContain('<h1>Devices &amp; &lt;more&gt;</h1>')
  })

  it('hands everything on the page to the app’s own view engine', async () => {
    const seen: PageView[] = []
    const render = async (view: PageView) => {
      seen.push(view)
      return '<p>mine</p>'
    }
    const response = await draw({ render }, { name: 'Kitchen\u202e', ip: null })
    expect(await response.text()).toBe('<p>mine</p>')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-security-policy')).toBe(
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(seen[0]).toMatchObject({
      lang: 'en',
      url: '/accounts/sessions/',
      trackActivity: true,
      messages: [],
      endOthers: { action: '/accounts/sessions/', method: 'post', fields: [], label: 'Sign Out Other Sessions' },
      signOut: { action: '/logout', fields: [], label: 'Sign Out' },
      sessions: [
        { isCurrent: true, name: null, device: 'Chrome on Linux', end: { action: '/logout', label: 'Sign out' } },
        {
          isCurrent: false,
          name: 'Kitchen',
          ip: 'Unknown',
          kind: 'desktop',
          startedAt: { iso: '2026-11-20T15:00:00.000Z', relative: '3 days ago' },
          lastSeen: { relative: '2 hours ago' },
          end: { action: '/accounts/sessions/', fields: [{ name: 'session', value: id(2) }], label: 'Sign out' },
          endName: 'Sign out Kitchen',
        },
      ],
    })
  })

  it('keeps the headers of a Response, but lets no cache keep it', async () => {
    const render = () =>
      new Response('mine', { status: 203, headers: { 'content-type': 'text/x', 'x-frame-options': 'SAMEORIGIN' } })
    const response = await draw({ render })
    expect([response.status, await response.text()]).toEqual([203, 'mine'])
    const names = ['content-type', 'x-frame-options', 'cache-control', 'content-security-policy']
    expect(names.map((name) => response.headers.get(name))).toEqual(['text/x', 'SAMEORIGIN', 'no-store', null])
  })
})
