import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDeviceDescriber } from '../../../src/request/describe-device.js'
import { MADE_TO_FORM, USER_AGENTS } from './user-agents.js'

const describeDevice = createDeviceDescriber()

describe('a device is described in plain words', () => {
  it.each(USER_AGENTS)('$label $version ($kind): $userAgent', ({ source, userAgent, ...device }) => {
    expect(source).not.toBe('')
    expect(describeDevice(userAgent)).toEqual(device)
  })

  it.each(MADE_TO_FORM)('$label ($kind): $userAgent', ({ userAgent, ...device }) => {
    expect(describeDevice(userAgent)).toMatchObject(device)
  })

  it('is measured by at least 90 user agents with their sources, none of them twice', () => {
    expect(new Set(USER_AGENTS.map(({ userAgent }) => userAgent)).size).toBe(USER_AGENTS.length)
    expect(USER_AGENTS.length).toBeGreaterThanOrEqual(90)
  })

  it('says "Unknown device" when there is no user agent, or one that says nothing', () => {
    for (const nothing of [null, '', ' ', 'Mozilla/5.0', 'x', '-', '()', '/'.repeat(100)]) {
      expect(describeDevice(nothing)).toEqual({
        label: 'Unknown device',
        browser: null,
        version: null,
        os: null,
        kind: 'unknown',
      })
    }
  })

  it('takes no word of the label from the user agent', () => {
    for (const hostile of ['<script>alert(1)</script>/1.0 (x)', 'Your bank/1.0 (call us) ', 'Evil\r\nBcc: x/1 (y)']) {
      expect(describeDevice(hostile).label).toBe('Unknown device')
    }
  })

  it.each([
    ['of a browser', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 140],
    [
      'of an app behind its name',
      'Mozilla/5.0 (Linux; Android 15) Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/517.0.0;]',
      517,
    ],
    ['with a v before it', 'Faraday v2.12.2', 2],
    ['zero', 'k6/0.55.0 (https://k6.io/)', 0],
    ['not told', 'node', null],
    ['longer than any version', 'curl/123456', null],
    ['no number', 'curl/x', null],
  ])('the version is a major version: %s', (_what, userAgent, version) => {
    expect(describeDevice(userAgent).version).toBe(version)
    expect(describeDevice(userAgent).label).not.toMatch(/\d{2}/)
  })

  it('never throws, and answers with a label of bounded length, whatever it is given', () => {
    const pieces = fc.constantFrom(
      'Mozilla/5.0 ',
      '(',
      ')',
      '; ',
      'Android',
      'Macintosh',
      'iPhone',
      'Chrome/1',
      ' FxiOS/',
    )
    const mixed = fc
      .array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 60 })
      .map((list) => list.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), mixed), (userAgent) => {
        const device = describeDevice(userAgent)
        expect(device.label.length).toBeGreaterThan(0)
        expect(device.label.length).toBeLessThanOrEqual(60)
        expect(device.version === null || (Number.isInteger(device.version) && device.version < 100_000)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('answers the same for two user agents that differ only after what is read', () => {
    const long = `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 ${'a'.repeat(2000)}`
    expect(describeDevice(`${long} curl/8`)).toBe(describeDevice(`${long} Googlebot`))
  })

  it.each([
    ['open parentheses', '('],
    ['spaces', ' '],
    ['slashes', '/'],
    ['Linespider', 'linespider-'],
    ['Android', 'android '],
    ['Macintosh and FxiOS', 'Macintosh FxiOS '],
    ['Opera Touch', 'opt/1'],
    ['version', 'version/1.1'],
    ['Tizen', 'tizen '],
    ['digits', 'Chrome/1_1'],
    ['HarmonyOS', 'harmonyos '],
    ['AWS', 'aws-sdk-'],
    ['Yandex', 'yandex'],
    ['Meta', 'meta-external'],
    ['Slackbot', 'slackbot-'],
    ['Kindle', 'kindle '],
  ])('is cheap on 16 kB of %s', (_name, piece) => {
    const fresh = createDeviceDescriber({ max: 1 })
    const hostile = (size: number, salt: number) => `${salt}${piece.repeat(size)}`.slice(0, size)
    fresh(hostile(100, 0))
    const started = process.cpuUsage()
    for (let salt = 1; salt <= 20; salt++) fresh(hostile(16_384, salt))
    const { user, system } = process.cpuUsage(started)
    // Unbounded, the worst of these takes seconds. 20 of them, with room for a slow machine.
    expect((user + system) / 1000).toBeLessThan(500)
  })

  it('keeps answers in memory, at most as many as it is told', () => {
    const small = createDeviceDescriber({ max: 2 })
    const first = small('curl/8.1')
    expect(small('curl/8.1')).toBe(first)
    small('curl/8.2')
    small('curl/8.3')
    expect(small('curl/8.1')).not.toBe(first)
    expect(small('curl/8.1')).toEqual(first)
  })

  it('hands out frozen answers, since they are shared', () => {
    expect(Object.isFrozen(describeDevice('curl/8.1'))).toBe(true)
    expect(Object.isFrozen(describeDevice(null))).toBe(true)
  })
})

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)'
const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)'
const CHROME = 'Chrome/138.0.0.0 Safari/537.36'
const MOBILE = 'Chrome/138.0.0.0 Mobile Safari/537.36'

describe('hints make the description of a device narrower', () => {
  it.each([
    [`${WINDOWS} ${CHROME}`, '{"os":"Windows 11"}', 'Chrome on Windows 11', 'Windows 11', 'desktop'],
    [`${WINDOWS} ${CHROME}`, '{"browser":"Brave","os":"Windows 10"}', 'Brave on Windows 10', 'Windows 10', 'desktop'],
    [`${MAC} ${CHROME}`, '{"browser":"Brave"}', 'Brave on macOS', 'macOS', 'desktop'],
    [`${WINDOWS} ${CHROME} OPR/119.0.0.0`, '{"browser":"Opera GX"}', 'Opera GX on Windows', 'Windows', 'desktop'],
    [`${ANDROID} ${MOBILE}`, '{"model":"Pixel 8"}', 'Chrome on Pixel 8', 'Android', 'mobile'],
    [
      `${ANDROID} ${CHROME}`,
      '{"model":"Samsung Galaxy Tab","kind":"tablet"}',
      'Chrome on Samsung Galaxy Tab',
      'Android',
      'tablet',
    ],
    [`${ANDROID} ${CHROME}`, '{"kind":"desktop"}', 'Chrome on Android', 'Android', 'desktop'],
    [`${ANDROID} ${MOBILE} Telegram-Android/11.4.3`, '{"model":"Pixel 8"}', 'Telegram on Pixel 8', 'Android', 'mobile'],
    [`Mozilla/5.0 (Linux; Android 14; wv) ${MOBILE}`, '{"model":"Xiaomi"}', 'App on Xiaomi', 'Android', 'mobile'],
  ])('%s with %s is %s', (userAgent, hints, label, os, kind) => {
    expect(describeDevice(userAgent, hints)).toMatchObject({ label, os, kind })
  })

  it.each([
    ['a browser on a user agent of another', `${WINDOWS} ${CHROME} Edg/138.0.0.0`, '{"browser":"Brave"}'],
    ['an edition of Windows on a Mac', `${MAC} ${CHROME}`, '{"os":"Windows 11"}'],
    ['a telephone’s model on Windows', `${WINDOWS} ${CHROME}`, '{"model":"Pixel 8","kind":"mobile"}'],
    ['anything on a program', 'curl/8.5.0', '{"browser":"Brave","os":"Windows 11"}'],
    [
      'words that are in no list',
      `${WINDOWS} ${CHROME}`,
      '{"browser":"Your bank","os":"call us","model":"x","kind":"y"}',
    ],
    ['no JSON', `${WINDOWS} ${CHROME}`, '{"os":"Windows 11"'],
    ['JSON that is no object', `${WINDOWS} ${CHROME}`, '["Windows 11"]'],
    ['nothing', `${WINDOWS} ${CHROME}`, '{}'],
  ])('%s changes nothing', (_what, userAgent, hints) => {
    expect(describeDevice(userAgent, hints)).toEqual(describeDevice(userAgent))
  })

  it('keeps answers by user agent and hints, and never mixes up two pairs', () => {
    const userAgent = `${WINDOWS} ${CHROME}`
    expect(describeDevice(userAgent, '{"os":"Windows 11"}')).toBe(describeDevice(userAgent, '{"os":"Windows 11"}'))
    expect(describeDevice(userAgent).label).toBe('Chrome on Windows')
    const forged = createDeviceDescriber()
    expect(forged(`19\n{"os":"Windows 11"}${userAgent}`).label).not.toBe('Chrome on Windows 11')
    expect(forged(userAgent, '{"os":"Windows 11"}').label).toBe('Chrome on Windows 11')
  })

  it('never throws, whatever stands where the hints should, and takes no word of it', () => {
    const plain = describeDevice(`${ANDROID} ${MOBILE}`).label
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (hints) => {
        expect(describeDevice(`${ANDROID} ${MOBILE}`, hints).label).toBe(plain)
      }),
    )
  })
})
