import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDeviceDescriber } from '../../../src/request/describe-device.js'
import { USER_AGENTS } from './user-agents.js'

const describeDevice = createDeviceDescriber()

describe('a device is described in plain words', () => {
  it.each(USER_AGENTS)('$label ($kind): $userAgent', ({ userAgent, label, browser, os, kind }) => {
    expect(describeDevice(userAgent)).toEqual({ label, browser, os, kind })
  })

  it('says "Unknown device" when there is no user agent, or one that says nothing', () => {
    for (const nothing of [null, '', ' ', 'Mozilla/5.0', 'x', '-', '()', '/'.repeat(100)]) {
      expect(describeDevice(nothing)).toEqual({ label: 'Unknown device', browser: null, os: null, kind: 'unknown' })
    }
  })

  it('takes no word of the label from the user agent', () => {
    for (const hostile of ['<script>alert(1)</script>/1.0 (x)', 'Your bank/1.0 (call us) ', 'Evil\r\nBcc: x/1 (y)']) {
      expect(describeDevice(hostile).label).toBe('Unknown device')
    }
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
