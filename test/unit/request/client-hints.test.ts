import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACCEPT_CH, parseClientHints, readClientHints } from '../../../src/request/client-hints.js'
import { createDeviceDescriber } from '../../../src/request/describe-device.js'
import type { RequestSource } from '../../../src/request/source.js'
import { HINT_SAMPLES } from './hint-samples.js'
import { source } from './sources.js'

const PARTS = ['', '-platform', '-mobile', '-model', '-platform-version', '-full-version-list', '-form-factors']
const NOTHING = { browser: null, os: null, model: null, kind: null }

function hinting(headers: Readonly<Record<string, string>>): RequestSource {
  const named = Object.entries(headers).map(([end, value]) => [`sec-ch-ua${end}`, value])
  return source(undefined, Object.fromEntries(named))
}

const read = (headers: Readonly<Record<string, string>>) => readClientHints(hinting(headers))

describe('client hints tell what the user agent does not', () => {
  it.each(HINT_SAMPLES)('$what: $label', ({ userAgent, headers, hints, label, source: from }) => {
    expect(from).not.toBe('')
    expect(read(headers)).toBe(hints)
    expect(createDeviceDescriber()(userAgent, read(headers)).label).toBe(label)
  })

  it('are asked for by name, and by no other', () => {
    expect(ACCEPT_CH).toBe(
      'Sec-CH-UA-Model, Sec-CH-UA-Platform-Version, Sec-CH-UA-Full-Version-List, Sec-CH-UA-Form-Factors',
    )
  })

  it('are null until one of those that were asked for comes, and then text, if only {}', () => {
    expect(read({})).toBeNull()
    expect(read({ '': '"Brave";v="131"', '-platform': '"Windows"', '-mobile': '?0' })).toBeNull()
    for (const asked of ['-model', '-platform-version', '-full-version-list', '-form-factors']) {
      expect(read({ [asked]: '""' })).toBe('{}')
      expect(read({ [asked]: '' })).toBe('{}')
    }
  })

  it.each([
    ['0.0.0', null],
    ['0.1.0', 'Windows 7'],
    ['0.2', 'Windows 8'],
    ['0.3.0', 'Windows 8.1'],
    ['0.4.0', null],
    ['1.0.0', 'Windows 10'],
    ['10.0.0', 'Windows 10'],
    ['12.0.0', 'Windows 10'],
    ['13.0.0', 'Windows 11'],
    ['19', 'Windows 11'],
    ['', null],
    ['x', null],
    ['15x', null],
    ['1000.0', null],
  ])('version %s of the platform is %s', (version, os) => {
    const told = read({ '-platform': '"Windows"', '-platform-version': `"${version}"` })
    expect(parseClientHints(told).os).toBe(os)
  })

  it.each([
    ['Pixel 3 XL', 'Pixel 3 XL'],
    ['Pixel 9 Pro Fold', 'Pixel 9 Pro Fold'],
    ['Pixel 8a', 'Pixel 8a'],
    ['Pixel Fold', 'Pixel Fold'],
    ['Pixel Tablet', 'Pixel Tablet'],
    ['Pixel 8 of your bank', null],
    ['SM-S918B', 'Samsung Galaxy'],
    ['SM-X200', 'Samsung Galaxy Tab'],
    ['SM-LESS', null],
    ['Redmi Note 9 Pro', 'Xiaomi'],
    ['2311DRK48G', 'Xiaomi'],
    ['M2102J20SG', 'Xiaomi'],
    ['moto g(7) play', 'Motorola'],
    ['XQ-DQ54', 'Sony Xperia'],
    ['FP5', 'Fairphone'],
    ['ONEPLUS A6013', 'OnePlus'],
    ['K', null],
    ['', null],
  ])('model %j is %j', (model, name) => {
    expect(parseClientHints(read({ '-model': `"${model}"` })).model).toBe(name)
  })

  it.each([
    ['"Tablet"', '?0', 'tablet'],
    ['"Mobile", "Tablet"', '?0', 'tablet'],
    ['"Mobile"', '?0', 'mobile'],
    ['"Mobile"', '?1', null],
    ['"Desktop"', '?0', 'desktop'],
    ['"Desktop", "Tablet"', '?0', 'desktop'],
    ['"EInk"', '?0', null],
    ['"TABLET"', '?0', null],
    ['Tablet', '?0', null],
  ])('on Android, the forms %s with mobile %s are %s', (forms, mobile, kind) => {
    const told = read({ '-platform': '"Android"', '-form-factors': forms, '-mobile': mobile })
    expect(parseClientHints(told).kind).toBe(kind)
  })
})

describe('client hints are the client’s to choose', () => {
  const WINDOWS_11 = { '-platform': '"Windows"', '-platform-version': '"15.0.0"' }

  it('a header sent twice is joined: a list goes on, and an only value is none', () => {
    expect(read({ ...WINDOWS_11, '-platform-version': '"15.0.0", "15.0.0"' })).toBe('{}')
    expect(read({ '-full-version-list': '"Chromium";v="1", "Brave";v="1"' })).toBe('{"browser":"Brave"}')
  })

  it('a header longer than any browser’s says nothing, and takes nothing from the others', () => {
    expect(read({ ...WINDOWS_11, '-model': `"${'x'.repeat(100_000)}"` })).toBe('{"os":"Windows 11"}')
    expect(read({ ...WINDOWS_11, '': `"Brave";v="1", ${'"a", '.repeat(60)}"b"` })).toBe('{"os":"Windows 11"}')
  })

  it('a list that is broken is none, and one that is empty gives way to the one that every request has', () => {
    const brands = { '': '"Brave";v="131"' }
    expect(read({ ...brands, '-full-version-list': '"Opera GX";v="1", "' })).toBe('{}')
    expect(read({ ...brands, '-full-version-list': '"Opera GX";v="1"' })).toBe('{"browser":"Opera GX"}')
    expect(read({ ...brands, '-full-version-list': '' })).toBe('{"browser":"Brave"}')
  })

  it('a source that hands over no text is a source without hints', () => {
    const odd: RequestSource = { remoteAddress: undefined, header: () => JSON.parse('null') }
    expect(readClientHints(odd)).toBeNull()
  })

  const piece = fc.constantFrom(
    '"Brave"',
    '"Windows"',
    '"15.0.0"',
    '"SM-X200"',
    '"Pixel 8"',
    '"Tablet"',
    ';v="1"',
    ', ',
    '"',
    '\n',
    '?1',
    '{"os":',
  )
  const header = fc.oneof(
    piece,
    fc
      .array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 40 })
      .map((all) => all.join('')),
  )
  const anyHeaders = fc.dictionary(fc.constantFrom(...PARTS), header)

  it('never throw, are at most 200 characters, of words from our lists, and are read again the same', () => {
    const WORDS =
      /^\{(?:"browser":"(?:Brave|Opera GX|Vivaldi|DuckDuckGo|[A-Za-z]+ (?:Secure |Private )?Browser)",?)?(?:"os":"Windows (?:7|8|8\.1|10|11)",?)?(?:"model":"(?:Pixel[ \w]*|Samsung Galaxy(?: Tab)?|Xiaomi|OnePlus|Motorola|Sony Xperia|Nokia|Fairphone)",?)?(?:"kind":"(?:desktop|mobile|tablet)")?\}$/
    fc.assert(
      fc.property(anyHeaders, (headers) => {
        const told = read(headers)
        if (told === null) return
        expect(told.length).toBeLessThanOrEqual(200)
        expect(told).toMatch(WORDS)
        expect(read(headers)).toBe(told)
        const { browser, os, model, kind } = parseClientHints(told)
        expect(JSON.parse(told)).toEqual(
          Object.fromEntries(Object.entries({ browser, os, model, kind }).filter(([, word]) => word !== null)),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('take no word of the client into a label', () => {
    const describeDevice = createDeviceDescriber()
    const userAgent = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/138.0.0.0 Mobile Safari/537.36'
    const evil = fc.string({ unit: fc.constantFrom(...'Zz<>&"\\$'), minLength: 3, maxLength: 12 })
    fc.assert(
      fc.property(evil, (word) => {
        const quoted = `"${word.replace(/["\\]/g, '\\$&')}"`
        const told = read(Object.fromEntries(PARTS.map((end) => [end, quoted])))
        expect(told).toBe('{}')
        expect(describeDevice(userAgent, told).label).toBe('Chrome on Android')
      }),
    )
  })

  it('are read with as many looks at the request when they are long as when they are short', () => {
    const looks = (value: string): number => {
      let count = 0
      readClientHints({
        remoteAddress: undefined,
        header: () => {
          count += 1
          return value
        },
      })
      return count
    }
    expect(looks('"x"')).toBe(6)
    expect(looks('"x", '.repeat(20_000))).toBe(6)
  })

  it.each([
    '"',
    '\\"',
    '"a",',
    '"a";v=',
    ' ',
    '?1',
    '(',
  ])('cost the same for 1 MB of %j as for 1 kB: what is too long is not read', (piece) => {
    const headers = (size: number) => Object.fromEntries(PARTS.map((end) => [end, piece.repeat(size)]))
    const long = headers(1_000_000 / piece.length)
    const started = process.cpuUsage()
    for (let i = 0; i < 1000; i++) read(long)
    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1000).toBeLessThan(500)
    expect(read(long)).toBe('{}')
  })
})

describe('hints that were kept are believed as far as they could be ours', () => {
  it.each([
    null,
    '',
    '{}',
    '[]',
    'null',
    '"x"',
    '{',
    '{"os":1}',
    '{"os":"Windows 12"}',
    '{"model":"Pixel 8<b>"}',
    '{"__proto__":{"os":"Windows 11"}}',
    `{"os":"Windows 11","x":"${'x'.repeat(200)}"}`,
  ])('%s tells nothing', (text) => {
    expect(parseClientHints(text)).toEqual(NOTHING)
  })

  it('what is ours is taken, and what is not is left', () => {
    expect(parseClientHints('{"os":"Windows 11","browser":"Your bank","kind":"bot","more":1}')).toEqual({
      ...NOTHING,
      os: 'Windows 11',
    })
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseClientHints(text)))
  })
})
