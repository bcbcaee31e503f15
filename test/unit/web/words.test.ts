import { beforeEach, describe, expect, it } from 'vitest'
import { createPage } from '../../../src/web/page.js'
import type { PageOptions } from '../../../src/web/page-options.js'
import { answered, call, FakeSessions, HOUR, MINUTE, NOW, OPTIONS, session } from './fake-sessions.js'

let sessions: FakeSessions

async function ask(path = '/sessions/', init: RequestInit = {}, options: PageOptions = {}) {
  return answered(await createPage({ ...OPTIONS, ...options })(call(sessions, path, init))).text()
}

beforeEach(() => {
  sessions = new FakeSessions(session(1, { lastSeenAt: new Date(NOW - 5000) }), session(2))
})

describe('times in words (parity row 18)', () => {
  it.each([
    [0, 'just now'],
    [-5 * HOUR, 'just now'],
    [59_000, 'just now'],
    [MINUTE, '1 minute ago'],
    [2 * HOUR, '2 hours ago'],
    [23 * HOUR, '23 hours ago'],
    [24 * HOUR, '1 day ago'],
    [8 * 24 * HOUR, '1 week ago'],
    [40 * 24 * HOUR, '1 month ago'],
    [800 * 24 * HOUR, '2 years ago'],
  ])('words %d ms ago', async (ago, expected) => {
    sessions.live = [session(1, { createdAt: new Date(NOW - ago), lastSeenAt: new Date(NOW - HOUR) })]
    const text = await ask()
    expect(text).toContain(`<time datetime="${new Date(NOW - ago).toISOString()}"`)
    expect(text).toContain(`>${expected}</time>`)
  })

  it('puts the exact time, in UTC, behind each', async () => {
    sessions.live = [session(1, { createdAt: new Date('2026-11-20T09:05:07Z') })]
    expect(await ask()).toMatch(/title="November 20, 2026 at 9:05:07\sAM UTC"/)
  })

  it.each([
    [2 * MINUTE - 1, 'online now'],
    [2 * MINUTE, '2 minutes ago'],
  ])('calls who was seen %d ms ago %s', async (ago, expected) => {
    sessions.live = [session(1, { lastSeenAt: new Date(NOW - ago) })]
    expect(await ask()).toContain(`>${expected}</time>`)
  })
})

describe('languages (parity row 18)', () => {
  const german = {
    de: { title: 'Ihre Sitzungen', ended: { one: 'Sitzung beendet.', other: '{n} Sitzungen beendet.' } },
  }
  const read = async (acceptLanguage: string, options: PageOptions = { messages: german }) =>
    ask('/sessions/?message=ended&n=1234', { headers: { 'accept-language': acceptLanguage } }, options)

  it('speaks the best of the reader’s languages that it knows', async () => {
    const text = await read('en;q=0.1, fr, de-CH;q=0.9')
    expect(text).toContain('<html lang="de-CH" dir="ltr">')
    expect(text).toContain('<h1>Ihre Sitzungen</h1>')
    expect(text).toMatch(/1(’|&#39;)234 Sitzungen beendet\./)
    expect(text).toContain('vor 2 Stunden')
    // What the app did not translate is English rather than missing.
    expect(text).toContain('>IP address</th>')
  })

  it.each([
    'fr',
    '',
    '*',
    'de;q=0',
    'x'.repeat(5000),
    'en-US-u-ca-buddhist',
    '../etc',
    'd\u00e9',
  ])('speaks English for %j', async (acceptLanguage) => {
    expect(await read(acceptLanguage)).toMatch(/<html lang="en(-US)?" dir="ltr">/)
  })

  it('writes dates the way of the reader’s region', async () => {
    sessions.live = [session(1, { createdAt: new Date('2026-11-20T21:05:07Z') })]
    expect(await read('en-GB')).toContain('title="20 November 2026 at 21:05:07 UTC"')
  })

  it('lets the app change single texts', async () => {
    expect(await read('en', { messages: { en: { title: 'Devices' } } })).toContain('<h1>Devices</h1>')
  })

  it('takes a region’s texts before its language’s, and those before English', async () => {
    const messages = { de: { title: 'Sitzungen', browser: 'Gerät' }, 'de-AT': { title: 'Sitzungen (AT)' } }
    const text = await read('de-at', { messages })
    expect(text).toContain('<h1>Sitzungen (AT)</h1>')
    expect(text).toContain('>Gerät</th>')
    expect(await read('de-CH', { messages })).toContain('<h1>Sitzungen</h1>')
  })

  it('says at once when a language tag is none', () => {
    expect(() => createPage({ ...OPTIONS, messages: { english: {} } })).toThrow(TypeError)
  })
})
