import { describe, expect, test } from 'vitest'
import { type ClientViews, gradeChange } from '../../../src/activity/grade-change.js'

import { createDeviceDescriber } from '../../../src/request/describe-device.js'
import { network } from '../../../src/request/network.js'
import type { ChangeGrade, SeenClient } from '../../../src/session.js'

const COUNTRIES: Record<string, string> = { '203.0.113.7': 'DE', '203.0.200.1': 'FR', '198.51.100.7': 'PT' }
const VIEWS: ClientViews = {
  describe: createDeviceDescriber(),
  network,
  country: (ip) => COUNTRIES[ip ?? ''] ?? null,
}

const chrome = (version: number, os = 'Windows NT 10.0; Win64; x64') =>
  `Mozilla/5.0 (${os}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

function client(changes: Partial<SeenClient> = {}): SeenClient {
  return { ip: '203.0.113.7', userAgent: chrome(140), hints: null, ...changes }
}

const CASES: readonly (readonly [
  string,
  Partial<SeenClient>,
  Partial<SeenClient>,
  readonly ChangeGrade[],
  string | RegExp,
])[] = [
  [
    'a newer version of the same browser',
    {},
    { userAgent: chrome(141) },
    ['browser-updated'],
    'Chrome on Windows was updated.',
  ],
  [
    'an older version: two browsers, not one',
    {},
    { userAgent: chrome(139) },
    ['browser-changed'],
    'It is used from an older Chrome on Windows now.',
  ],
  [
    'another browser on the same system',
    {},
    { userAgent: FIREFOX },
    ['browser-changed'],
    'It is used from Firefox on Windows now; before, it was from Chrome on Windows.',
  ],
  [
    'another system',
    {},
    { userAgent: chrome(140, 'X11; Linux x86_64') },
    ['operating-system-changed'],
    'It is used from Chrome on Linux now; before, it was from Chrome on Windows.',
  ],
  [
    'a browser that hides itself',
    {},
    { userAgent: null },
    ['operating-system-changed'],
    /^It is used from Unknown device/,
  ],
  [
    'another address in the network',
    { ip: '192.0.2.1' },
    { ip: '192.0.9.9' },
    ['network-roamed'],
    'It moved to another address in the same network.',
  ],
  [
    'another network, of a country that is not known',
    { ip: '192.0.2.1' },
    { ip: '198.51.100.9' },
    ['new-network'],
    'It moved to another network.',
  ],
  [
    'another address in the same IPv6 network',
    { ip: '2001:db8:1:2::1' },
    { ip: '2001:db8:1:2:ffff::9' },
    ['network-roamed'],
    /same network/,
  ],
  ['another IPv6 network', { ip: '2001:db8:1:2::1' }, { ip: '2001:db8:1:3::1' }, ['new-network'], /another network/],
  [
    'another country',
    {},
    { ip: '198.51.100.7' },
    ['new-country'],
    'It is used in Portugal now; before, it was in Germany.',
  ],
  ['another country within one /16', {}, { ip: '203.0.200.1' }, ['new-country'], /France/],
  ['an address where there was none', { ip: null }, {}, ['new-network'], /another network/],
  [
    'another device in another country, the device first',
    {},
    { userAgent: FIREFOX, ip: '198.51.100.7' },
    ['browser-changed', 'new-country'],
    /^It is used from Firefox on Windows now; .* It is used in Portugal now/,
  ],
  [
    'an updated browser in another network, the network first',
    { ip: '192.0.2.1' },
    { userAgent: chrome(141), ip: '198.51.100.9' },
    ['new-network', 'browser-updated'],
    'Chrome on Windows was updated. It moved to another network.',
  ],
  ['a newer program', { userAgent: 'curl/8.4.0' }, { userAgent: 'curl/8.5.0' }, ['browser-updated'], /updated/],
  [
    'an app of one’s own, updated',
    { userAgent: 'AcmeApp/1.2 (build 7)' },
    { userAgent: 'AcmeApp/1.3 (build 8)' },
    ['browser-updated'],
    /updated/,
  ],
  [
    'another app that nobody knows',
    { userAgent: 'AcmeApp/1.2' },
    { userAgent: 'Other/1.2' },
    ['browser-changed'],
    /now/,
  ],
]

describe('a change of client is graded', () => {
  test.each(CASES)('%s', (_name, from, to, grades, text) => {
    const change = gradeChange(client(from), client(to), VIEWS)
    expect(change.grades).toEqual(grades)
    expect(change.grade).toBe(grades[0])
    expect(change.text).toMatch(text)
    expect(change.ip).toBe(client(from).ip !== client(to).ip)
    expect(change.userAgent).toBe(client(from).userAgent !== client(to).userAgent)
  })

  test('what hints add on one side only is no difference', () => {
    const views: ClientViews = {
      ...VIEWS,
      describe: (userAgent, hints) => ({ ...VIEWS.describe(userAgent, null), ...(hints && { os: hints }) }),
    }
    const grade = (from: string | null, to: string | null, userAgent = chrome(141)) =>
      gradeChange(client({ hints: from }), client({ hints: to, userAgent }), views).grade
    expect(grade(null, 'Windows 11')).toBe('browser-updated')
    expect(grade('Windows 11', null)).toBe('browser-updated')
    expect(grade('Windows 11', 'Windows 11')).toBe('browser-updated')
    expect(grade('Windows 10', 'Windows 11', chrome(140))).toBe('operating-system-changed')
  })
})
