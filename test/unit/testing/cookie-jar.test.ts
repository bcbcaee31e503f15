import { expect, test } from 'vitest'
import { CookieJar } from '../../../src/testing/cookie-jar.js'

const jar = (...headers: string[]) => {
  const cookies = new CookieJar()
  for (const header of headers) cookies.take(header)
  return cookies
}

test('a jar sends back what it was given, and the last value of each name', () => {
  expect(jar('a=1; Path=/; HttpOnly', 'b=2=2', 'a=3').header()).toBe('a=3; b=2=2')
  expect(jar('', '=x', 'flag').header()).toBe('flag=')
})

test('a jar forgets a cookie that is over, and Max-Age goes before Expires (RFC 6265, section 5.3)', () => {
  const past = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'
  const future = 'Expires=Fri, 01 Jan 2100 00:00:00 GMT'
  expect(jar('a=1', `a=; ${past}`).size).toBe(0)
  expect(jar('a=1', 'a=; Max-Age=0').size).toBe(0)
  expect(jar('a=1', `a=2; max-age=60; ${past}`).header()).toBe('a=2')
  expect(jar('a=1', `a=2; ${future}; Max-Age=-1`).size).toBe(0)
  expect(jar(`a=1; ${future}`, 'b=2; Expires=never').header()).toBe('a=1; b=2')
})
