import { describe, expect, it } from 'vitest'
import { sameOrigin } from '../../../src/request/same-origin.js'

const OWN = 'https://app.example'

function passes(headers: Record<string, string>, trusted: readonly string[] = [], method = 'POST'): boolean {
  return sameOrigin(new Request(`${OWN}/accounts/sessions/`, { method, headers }), trusted)
}

describe('a change', () => {
  it.each([
    ['same-origin', undefined, true],
    ['same-origin', OWN, true],
    // Chromium under no-referrer.
    ['same-origin', 'null', true],
    // The person typed it or opened a bookmark.
    ['none', undefined, true],
    ['same-site', 'https://other.app.example', false],
    ['same-site', undefined, false],
    ['cross-site', 'https://evil.example', false],
    ['cross-site', undefined, false],
    ['cross-site', 'null', false],
    // The browser's word goes before what Origin looks like.
    ['cross-site', OWN, false],
    ['', undefined, false],
    ['same-origin, cross-site', OWN, false],
    ['Same-Origin', undefined, false],
    [undefined, OWN, true],
    [undefined, 'https://APP.example', true],
    [undefined, 'https://app.example:443', true],
    // Go compares hosts only: behind a proxy the app may not know that it is https.
    [undefined, 'http://app.example', true],
    [undefined, 'https://app.example:8443', false],
    [undefined, 'https://evil.example', false],
    [undefined, 'https://app.example.evil.example', false],
    [undefined, 'https://app.example@evil.example', false],
    [undefined, 'null', false],
    [undefined, '', false],
    [undefined, 'app.example', false],
    [undefined, 'file://', false],
    [undefined, undefined, true],
  ])('with Sec-Fetch-Site %j and Origin %j passes: %j', (site, origin, expected) => {
    const headers: Record<string, string> = {}
    if (site !== undefined) headers['sec-fetch-site'] = site
    if (origin !== undefined) headers.origin = origin
    expect(passes(headers)).toBe(expected)
  })

  it('passes from an origin that the app trusts', () => {
    const headers = { 'sec-fetch-site': 'same-site', origin: 'https://admin.example' }
    expect(passes(headers, ['https://admin.example'])).toBe(true)
    expect(passes(headers, ['https://other.example'])).toBe(false)
    expect(passes({ origin: 'https://admin.example' }, ['https://admin.example'])).toBe(true)
  })

  it('never passes from null, even if somebody trusts it', () => {
    expect(passes({ origin: 'null' }, ['null'])).toBe(false)
    expect(passes({ origin: 'file://', 'sec-fetch-site': 'cross-site' }, ['null'])).toBe(false)
  })

  it('is compared with the Host that the browser asked, where there is one', () => {
    expect(passes({ host: 'public.example', origin: 'https://public.example' })).toBe(true)
    expect(passes({ host: 'public.example:443', origin: 'https://public.example' })).toBe(true)
    expect(passes({ host: 'public.example', origin: OWN })).toBe(false)
    expect(passes({ host: '[::1]:3000', origin: 'http://[::1]:3000' })).toBe(true)
    expect(passes({ host: ':::', origin: 'https://public.example' })).toBe(false)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])('is what %s means', (method) => {
    expect(passes({ 'sec-fetch-site': 'cross-site' }, [], method)).toBe(false)
  })

  it('is no less one for claiming another method', () => {
    expect(passes({ 'sec-fetch-site': 'cross-site', 'x-http-method-override': 'GET' })).toBe(false)
  })
})

it.each(['GET', 'HEAD', 'OPTIONS'])('reading with %s passes from anywhere', (method) => {
  expect(passes({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, [], method)).toBe(true)
})
