import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { structuredStrings } from '../../../src/request/structured-strings.js'

describe('the strings of a structured header (RFC 8941)', () => {
  it.each([
    ['"Windows"', ['Windows']],
    ['""', ['']],
    ['" Not A;Brand";v="99", "Chromium";v="96"', [' Not A;Brand', 'Chromium']],
    ['"Not,A;Brand";v="8","Brave";v="141"', ['Not,A;Brand', 'Brave']],
    ['"a\\"b\\\\c"', ['a"b\\c']],
    ['\t"a" ; v=1', []],
    ['"a"; v=1; x ,\t"b"', ['a', 'b']],
    ['"a";v="x,\\"y",  "b";n=1.5;flag;t=tok/en', ['a', 'b']],
  ])('of %s are %j', (header, strings) => {
    expect(structuredStrings(header)).toEqual(strings)
  })

  it.each([
    '',
    'Windows',
    '?1',
    '"Windows',
    'Windows"',
    '"a" "b"',
    '"a",',
    ',"a"',
    '"a",,"b"',
    '"a\\n"',
    '"é"',
    '"a\u0000"',
    '"a\r\nb"',
    '("a")',
    '"a";V=1',
    '"a", b',
  ])('are none when it is not well-formed: %j', (header) => {
    expect(structuredStrings(header)).toEqual([])
  })

  it('reads back what it is written as, whatever it is', () => {
    const text = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (strings) => {
        const header = strings.map((one) => `"${one.replace(/["\\]/g, '\\$&')}";v="1"`).join(', ')
        expect(structuredStrings(header)).toEqual(strings)
      }),
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (header) => void structuredStrings(header)))
  })

  it.each([
    '"',
    '\\"',
    '"\\',
    '"";',
    '"",',
    ' ',
    '"a";b=',
    '";v="',
    '"a" ',
    '";;',
  ])('costs ten times as much for ten times as much of %j, not a hundred', (piece) => {
    const cost = (size: number): number => {
      const header = `"${piece.repeat(size)}`
      const started = process.cpuUsage()
      for (let i = 0; i < 200; i++) structuredStrings(header)
      const { user, system } = process.cpuUsage(started)
      return user + system
    }
    cost(1000)
    // 200 readings of some 40 kB: linear it is a few milliseconds each, quadratic it would be minutes in all.
    expect(cost(10_000) / 1000).toBeLessThan(3000)
  })
})
