import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildMessage } from '../../../src/notices/build-message.js'
import { notice, options, PAGE_URL } from './fixtures.js'

const standard = options('smtp://unused')

describe('the mail about a client change', () => {
  it('says when, from which device and address, what to do, and where', () => {
    expect(buildMessage(notice(), 'ada@example.org', standard, 0)).toEqual({
      from: 'Example <security@example.com>',
      to: 'ada@example.org',
      subject: 'Your account at app.example.com: a session changed its device or network',
      text: [
        'A signed-in session of your account at app.example.com is now used from another device or network than before.',
        '',
        'When:   Tue, 03 Nov 2026 14:05:09 UTC',
        'Now:    Chrome on Windows, IP address 203.0.113.7',
        'Before: Safari on iPhone, IP address 198.51.100.4',
        '',
        'If this was you, you need not do anything: browsers get updates, and phones change networks.',
        '',
        'If this was not you:',
        '1. Open this page and sign out that session:',
        '   https://app.example.com/accounts/sessions/',
        '2. Then change your password.',
        '',
      ].join('\n'),
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  })

  it('says so when an address cannot be told', () => {
    const { text } = buildMessage(notice({ to: { ip: null, userAgent: null } }), 'ada@example.org', standard, 0)
    expect(text).toContain('Now:    Chrome on Windows, IP address not known\n')
  })

  it('says where each address is, and that this is approximate', () => {
    const about = notice({ location: 'Lisbon, Portugal', fromLocation: 'Portugal' })
    const { text } = buildMessage(about, 'ada@example.org', standard, 0)
    expect(text).toContain(
      'Now:    Chrome on Windows, IP address 203.0.113.7, approximately Lisbon, Portugal\n' +
        'Before: Safari on iPhone, IP address 198.51.100.4, approximately Portugal\n',
    )
  })

  it('says how many changes it stands for', () => {
    expect(buildMessage(notice(), 'a@b', standard, 1).text).toContain('One more change of this session')
    expect(buildMessage(notice(), 'a@b', standard, 12).text).toContain('12 more changes of this session')
  })

  it('lets the app choose subject and text', () => {
    const own = {
      ...standard,
      subject: (about: { user: string }) => `Hello ${about.user}\r\nBcc: eve@example.net`,
      text: (_about: unknown, ours: string) => `Dear Ada,\n\n${ours}`,
    }
    const message = buildMessage(notice(), 'ada@example.org', own, 0)
    expect(message.subject).toBe('Hello adaBcc: eve@example.net')
    expect(message.text).toMatch(/^Dear Ada,\n\nA signed-in session/)
  })

  it('cannot be given a header, another line or an unbounded one by anything a client sends', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('\r', '\n', '\u2028', 'Bcc: eve@example.net', '\u202e', '\ud83d', 'a'.repeat(300)))
        .map((list) => list.join('')),
    )
    const lines = buildMessage(notice(), 'ada@example.org', standard, 0).text.split('\n').length
    fc.assert(
      fc.property(hostile, hostile, hostile, (label, ip, to) => {
        const device = { ...notice().device, label }
        const client = { ip, userAgent: label }
        const about = notice({
          device,
          fromDevice: device,
          to: client,
          from: client,
          location: label,
          fromLocation: ip,
        })
        const message = buildMessage(about, to, { ...standard, subject: () => label }, 0)
        for (const header of [message.from, message.to, message.subject]) {
          expect(header).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Surrogate}]/u)
          expect(header.length).toBeLessThanOrEqual(640)
        }
        expect(message.text.split(/[\n\r\u2028\u2029]/)).toHaveLength(lines)
        expect(message.text.length).toBeLessThan(2000)
      }),
    )
  })

  it('names no address and no device in the subject, and links only to the configured page', () => {
    const { subject, text } = buildMessage(notice(), 'ada@example.org', standard, 0)
    expect(subject).not.toMatch(/\d+\.\d+|Chrome|Windows|iPhone/)
    expect(text.match(/https?:\S+/g)).toEqual([PAGE_URL])
  })

  it('does not throw on a time that is none', () => {
    expect(buildMessage(notice({ at: Number.NaN }), 'a@b', standard, 0).text).toContain('Invalid Date')
  })
})
