import { describe, expect, it } from 'vitest'
import { safeNext } from '../../../src/request/safe-next.js'

describe('the address to go on to after signing in', () => {
  it.each([
    ['/', '/'],
    ['/accounts/sessions/', '/accounts/sessions/'],
    ['/a?next=//e', '/a?next=//e'],
    ['/a?next=https%3A%2F%2Fe#b', '/a?next=https%3A%2F%2Fe#b'],
    ['/a%20b', '/a%20b'],
    ['/a b', '/a%20b'],
    ['/100%25', '/100%25'],
    ['/grüße/中', '/gr%C3%BC%C3%9Fe/%E4%B8%AD'],
    ['/a:b@c', '/a:b@c'],
    ['/a//b', '/a//b'],
  ])('may be a path of this site: %j', (value, expected) => {
    expect(safeNext(value, '/home')).toBe(expected)
  })

  it.each([
    '',
    'e',
    'accounts/sessions/',
    './e',
    '?x',
    '#x',
    '//e',
    '///e',
    '////e',
    '//e@app.example',
    '/\\e',
    '\\/e',
    '\\\\e',
    '\\e',
    '/a\\b',
    '%2f%2fe',
    '%2F%2Fe',
    '/%2fe',
    '/%2f%2fe',
    '/%5ce',
    '/%5C/e',
    '/%252fe',
    '/%25252fe',
    '/%2525252525252fe',
    '/a%5cb',
    '/./%2fe',
    '/.//e',
    '/..//e',
    '/a/..//e',
    '/%2e%2e//e',
    '/\te',
    '/\t/e',
    '\t//e',
    '/\n/e',
    '/\r\n/e',
    '/%09/e',
    '/%0d%0aLocation:e',
    '/a\0b',
    '/%00',
    ' //e',
    ' /e',
    '/\u00a0/e',
    '/\u2028/e',
    '/\u0085/e',
    '/%e0%a4%a',
    '/%',
    'https://e',
    'https:e',
    'https:/e',
    'https:///e',
    'HTTPS://e',
    'http://e',
    'ftp://e',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:x',
    '//e%00.app.example',
    '//[::1]/',
    '/'.padEnd(2049, 'a'),
  ])('is never %j', (value) => {
    expect(safeNext(value, '/home')).toBe('/home')
  })

  it.each([undefined, null, 5, {}, ['/a'], { toString: () => '/a' }])('is text, not %j', (value) => {
    expect(safeNext(value, '/home')).toBe('/home')
  })

  it('stays on the site in every browser, for every address that is let through', () => {
    const parts = ['/', '\\', '.', '..', '%2f', '%5c', '%2e', '\t', ' ', '@', ':', 'e', '?', '#', 'https:']
    let through = 0
    for (const a of parts) {
      for (const b of parts) {
        for (const c of parts) {
          for (const d of parts) {
            const next = safeNext(`/${a}${b}${c}${d}`, '')
            if (next === '') continue
            through++
            const landed = new URL(next, 'https://app.example/login')
            expect([next, landed.origin]).toEqual([next, 'https://app.example'])
            // And once more, for servers that normalise and send it on.
            expect(new URL(decodeURIComponent(landed.pathname), landed).origin).toBe('https://app.example')
          }
        }
      }
    }
    expect(through).toBeGreaterThan(1000)
  })
})
