import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanUserAgent, readUserAgent } from '../../../src/request/user-agent.js'
import { source } from './sources.js'

const read = (header: string) => readUserAgent(source('203.0.113.7', { 'user-agent': header }))

describe('a user agent is kept as it was sent, but harmless', () => {
  it('is kept', () => {
    expect(read('Mozilla/5.0 (X11; Linux x86_64) é 日本')).toBe('Mozilla/5.0 (X11; Linux x86_64) é 日本')
    expect(read('one, two')).toBe('one, two')
  })

  it('is null when absent, empty or invisible', () => {
    expect(readUserAgent(source('203.0.113.7'))).toBeNull()
    for (const nothing of ['', ' ', '\u0000', '\r\n\t', '\u200b\u202e']) expect(read(nothing)).toBeNull()
  })

  it('loses NUL, CR, LF and every other control character', () => {
    expect(read('a\u0000b\rc\nd\u001b[31me\u007ff\u0085g\th')).toBe('abcd[31mefgh')
  })

  it('loses bidi, zero-width and line-separating characters', () => {
    expect(read('a\u202eb\u2066c\u200bd\ufeffe\u2028f\u2029g')).toBe('abcdefg')
  })

  it('has lone surrogates replaced', () => {
    expect(read('a\ud83db')).toBe('a\ufffdb')
    expect(read('a\ude00')).toBe('a\ufffd')
    expect(read('a\ud83d\ude00')).toBe('a\ud83d\ude00')
    expect(read('a\ud83d\u0000\ud83db')).toBe('a\ufffd\ufffdb')
  })

  it('is cut at 512 code points, never inside an emoji', () => {
    expect(read('a'.repeat(512))).toHaveLength(512)
    expect(read('a'.repeat(513))).toHaveLength(512)
    expect(read(`${'a'.repeat(511)}😀b`)).toBe(`${'a'.repeat(511)}😀`)
    expect(read(`${'a'.repeat(512)}😀`)).toBe('a'.repeat(512))
    expect(read('😀'.repeat(600))).toBe('😀'.repeat(512))
    expect(read(`a${'😀'.repeat(600)}`)).toBe(`a${'😀'.repeat(511)}`)
    expect(read(`${'a'.repeat(511)} b`)).toBe('a'.repeat(511))
  })

  it('costs the same at 64 KiB as at 6 KiB: only the first 4,096 units are looked at', () => {
    expect(read(`${'\u0000'.repeat(4096)}visible`)).toBeNull()
    expect(read(`${'\u0000'.repeat(4000)}${'a'.repeat(61_000)}`)).toHaveLength(96)
    expect(read('\ud83d'.repeat(65_536))).toBe('\ufffd'.repeat(512))
  })

  it('is the same when it is asked for again', () => {
    for (const header of ['a\u0000b', '\u0000', 'x'.repeat(3000)]) expect(cleanUserAgent(header)).toBe(read(header))
  })

  it('never throws on what is no text at all', () => {
    expect(readUserAgent({ remoteAddress: undefined, header: () => JSON.parse('[1]') })).toBeNull()
  })

  it('is always null, or well-formed, without control characters, of 1 to 512 code points, and read again the same', () => {
    const unit = fc.oneof(
      fc.constantFrom('\ud83d', '\ude00', '😀', '\r', '\n', '\u0000', ' ', 'a', '\u202e', '\u00ff'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    const header = fc.array(unit, { maxLength: 1500, size: 'max' }).map((list) => list.join(''))
    fc.assert(
      fc.property(header, (value) => {
        const userAgent = read(value)
        if (userAgent === null) return
        expect(Array.from(userAgent).length).toBeLessThanOrEqual(512)
        expect(userAgent).not.toMatch(/\p{Surrogate}/u)
        expect(userAgent).not.toMatch(/\p{Cc}/u)
        expect(read(userAgent)).toBe(userAgent)
      }),
      { numRuns: 200 },
    )
  })
})
