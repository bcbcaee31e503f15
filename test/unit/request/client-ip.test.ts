import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserSessionsError } from '../../../src/errors.js'
import { checkTrustedProxies, clientIp, type TrustedProxiesOption } from '../../../src/request/client-ip.js'
import { source } from './sources.js'

function from(peer: string | undefined, xff: string | undefined, proxies?: TrustedProxiesOption): string | null {
  return clientIp(source(peer, xff === undefined ? {} : { 'x-forwarded-for': xff }), checkTrustedProxies(proxies))
}

function fromForwarded(peer: string | undefined, forwarded: string, proxies: number | string[] = 1): string | null {
  const headers = { forwarded, 'x-forwarded-for': '6.6.6.6' }
  return clientIp(source(peer, headers), checkTrustedProxies({ proxies, header: 'forwarded' }))
}

describe("a client's address is the socket's, unless proxies are trusted", () => {
  it("is the socket's peer when nothing is configured, whatever the headers say", () => {
    expect(from('203.0.113.7', '6.6.6.6')).toBe('203.0.113.7')
    expect(from('203.0.113.7', '6.6.6.6', 0)).toBe('203.0.113.7')
    expect(from('203.0.113.7', '6.6.6.6', [])).toBe('203.0.113.7')
    expect(clientIp(source('203.0.113.7', { forwarded: 'for=6.6.6.6' }), checkTrustedProxies(0))).toBe('203.0.113.7')
  })

  it('counts trusted hops from the right', () => {
    expect(from('10.0.0.1', '6.6.6.6, 203.0.113.7', 1)).toBe('203.0.113.7')
    expect(from('10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2', 2)).toBe('203.0.113.7')
    expect(from('10.0.0.1', '6.6.6.6,203.0.113.7,10.0.0.2', 2)).toBe('203.0.113.7')
  })

  it('takes the leftmost there is when a request came through fewer proxies than are trusted', () => {
    expect(from('203.0.113.7', undefined, 2)).toBe('203.0.113.7')
    expect(from('10.0.0.1', '203.0.113.7', 2)).toBe('203.0.113.7')
  })

  it('walks past listed proxies from the right, to the first address not listed', () => {
    const list = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32']
    expect(from('10.0.0.1', '6.6.6.6, 203.0.113.7, 192.0.2.1, 10.9.9.9', list)).toBe('203.0.113.7')
    expect(from('2001:DB8::5', '6.6.6.6, 203.0.113.7', list)).toBe('203.0.113.7')
    expect(from('10.0.0.1', '10.0.0.2, 10.0.0.3', list)).toBe('10.0.0.2')
  })

  it('believes no header that comes from a peer not listed', () => {
    expect(from('203.0.113.7', '10.0.0.1', ['10.0.0.0/8'])).toBe('203.0.113.7')
    expect(from('11.0.0.1', '6.6.6.6', ['10.0.0.0/8'])).toBe('11.0.0.1')
    expect(from('192.0.2.2', '6.6.6.6', ['192.0.2.1'])).toBe('192.0.2.2')
  })

  it('knows names for common ranges, and a mapped peer as IPv4', () => {
    expect(from('127.0.0.1', '203.0.113.7', ['loopback'])).toBe('203.0.113.7')
    expect(from('::1', '203.0.113.7', ['loopback'])).toBe('203.0.113.7')
    expect(from('::ffff:10.1.2.3', '203.0.113.7', ['uniquelocal'])).toBe('203.0.113.7')
    expect(from('10.1.2.3', '203.0.113.7', ['::ffff:10.0.0.0/104'])).toBe('203.0.113.7')
    expect(from('11.1.2.3', '203.0.113.7', ['::ffff:10.0.0.0/104'])).toBe('11.1.2.3')
  })

  it('is null behind a unix socket, unless that is trusted by count or by name', () => {
    expect(from(undefined, '203.0.113.7')).toBeNull()
    expect(from('/run/app.sock', '203.0.113.7')).toBeNull()
    expect(from(undefined, '203.0.113.7', ['loopback'])).toBeNull()
    expect(from(undefined, '203.0.113.7', 1)).toBe('203.0.113.7')
    expect(from(undefined, '6.6.6.6, 203.0.113.7', ['unix'])).toBe('203.0.113.7')
  })
})

describe('an address has one normal form', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7\t', '203.0.113.7'],
    ['203.0.113.7:80', '203.0.113.7'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:102:304', '1.2.3.4'],
    ['[::ffff:1.2.3.4]:80', '1.2.3.4'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['[::1]:80', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%eth0]:443', 'fe80::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
  ])('%s is %s', (written, normal) => {
    expect(from('10.0.0.1', written, 1)).toBe(normal)
    expect(from(written, undefined)).toBe(normal)
  })

  it.each([
    'unknown',
    '_hidden',
    '010.1.1.1',
    '1.2.3.04',
    '0x7f.0.0.1',
    '2130706433',
    '1',
    '127.1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.4/8',
    '1.2.3.4:',
    '1.2.3.4:http',
    '[1.2.3.4]',
    '[::1',
    '::1]',
    '[[::1]]',
    '::1.2.3.4',
    '::ffff:010.1.1.1',
    '1:2:3:4:5:6:7:8:9',
    ':::',
    '1.2.3.4%eth0',
    `fe80::1%${'a'.repeat(100)}`,
    '"1.2.3.4"',
    '1.2.3.4 5.6.7.8',
    '1.2.3.4\u0000',
    '１.2.3.4',
    'localhost',
    '',
    ' ',
    '-',
    'a'.repeat(100_000),
    '1'.repeat(100_000),
    '['.repeat(100_000),
  ])('%j is none, and what is left of it is not believed', (entry) => {
    expect(from('10.0.0.1', `6.6.6.6, ${entry}`, 1)).toBeNull()
    expect(from('10.0.0.1', `6.6.6.6, ${entry}`, ['10.0.0.0/8'])).toBeNull()
    expect(from('10.0.0.1', `6.6.6.6, ${entry}, 10.0.0.2`, ['10.0.0.0/8'])).toBeNull()
    expect(from(entry, undefined)).toBeNull()
  })

  it('counts a hop whose address is hidden, since its own proxy vouches for what it says', () => {
    expect(from('10.0.0.1', '6.6.6.6, 203.0.113.7, unknown', 2)).toBe('203.0.113.7')
  })
})

describe('RFC 7239 Forwarded is read when the option says so, and only then', () => {
  it.each([
    ['for=203.0.113.7', '203.0.113.7'],
    ['For="203.0.113.7:47011"', '203.0.113.7'],
    ['for="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['for=6.6.6.6, for=203.0.113.7;proto=https;by=10.0.0.1', '203.0.113.7'],
    ['for=6.6.6.6,by="a,b;c";for=203.0.113.7', '203.0.113.7'],
    ['for=6.6.6.6, host="a\\",for=5.5.5.5;x=\\"";for=203.0.113.7', '203.0.113.7'],
    ['for=6.6.6.6, for="203.0.\\113.7"; ', '203.0.113.7'],
  ])('%s is %s', (header, ip) => {
    expect(fromForwarded('10.0.0.1', header)).toBe(ip)
  })

  it.each([
    'for=unknown',
    'for=_hidden',
    'for="_SEVKISEK"',
    'by=10.0.0.1',
    'for=1.2.3.4;for=5.6.7.8',
    'for=1.2.3.4;x',
    'for=1.2.3.4 x=5',
    'for="1.2.3.4',
    'for = 1.2.3.4',
    '1.2.3.4',
    'for=',
    '',
    `for=1.2.3.4;x=${'a'.repeat(100_000)}`,
    '"'.repeat(100_001),
    '\\"'.repeat(50_000),
  ])('%j names no client', (header) => {
    expect(fromForwarded('10.0.0.1', header)).toBeNull()
    expect(fromForwarded('10.0.0.1', `for=6.6.6.6, ${header}`)).toBeNull()
  })

  it.each([
    'for="',
    'for="\\',
    'for=6.6.6.6, "',
    '"\\"',
    ';;;',
    'for="6.6.6.6',
  ])('what a client put in front (%j) does not change how the proxy is read', (forged) => {
    expect(fromForwarded('10.0.0.1', `${forged}, for=203.0.113.7`)).toBe('203.0.113.7')
    expect(fromForwarded('10.0.0.1', `${forged}, for="[2001:db8::7]:80"`)).toBe('2001:db8::7')
    expect(fromForwarded('10.0.0.1', `${forged}, for="203.0.113.7", for=10.0.0.2`, ['10.0.0.0/8'])).toBe('203.0.113.7')
  })

  it('never falls back to X-Forwarded-For, which no proxy guards then', () => {
    const trust = checkTrustedProxies({ proxies: 1, header: 'forwarded' })
    expect(clientIp(source('10.0.0.1', { 'x-forwarded-for': '6.6.6.6' }), trust)).toBe('10.0.0.1')
    expect(clientIp(source('10.0.0.1', { forwarded: 'for=6.6.6.6' }), checkTrustedProxies(1))).toBe('10.0.0.1')
  })
})

describe('whatever a request says, the answer is a normal address or null', () => {
  const pieces = fc.constantFrom(
    'for=',
    '"',
    ',',
    ';',
    ' ',
    '1.2.3.4',
    '[::1]',
    ':80',
    '::ffff:',
    '%eth0',
    '\\',
    'unknown',
    '=',
  )
  const header = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 40 }).map((list) => list.join('')),
    fc.array(fc.oneof(fc.ipV4(), fc.ipV6())).map((list) => list.join(', ')),
  )
  const trust = fc.constantFrom<TrustedProxiesOption>(
    0,
    1,
    3,
    ['loopback', '1.2.0.0/16', '::/1', '128.0.0.0/1'],
    { proxies: 2, header: 'forwarded' },
    { proxies: ['loopback', 'unix'], header: 'forwarded' },
  )

  it('never throws', () => {
    fc.assert(
      fc.property(fc.option(header, { nil: undefined }), header, trust, (peer, value, option) => {
        const ip = clientIp(source(peer, { 'x-forwarded-for': value, forwarded: value }), checkTrustedProxies(option))
        if (ip === null) return
        expect(ip).toMatch(/^[0-9a-f:.]{2,39}$/)
        expect(clientIp(source(ip), checkTrustedProxies(0))).toBe(ip)
      }),
      { numRuns: 2000 },
    )
  })

  it('never throws on what is no text at all', () => {
    const odd = { remoteAddress: undefined, header: () => JSON.parse('["1.2.3.4"]') }
    expect(clientIp(odd, checkTrustedProxies(1))).toBeNull()
  })

  it('keeps every IPv4 address as it is, and writes every IPv6 address as the URL standard does', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        expect(from(ip, undefined)).toBe(ip)
      }),
    )
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })).map((number) => number.toString(16))
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const written = groups.join(':')
        if (/^(0:){5}ffff:/.test(written)) return
        expect(`[${from('10.0.0.1', `[${written.toUpperCase()}]:80`, 1)}]`).toBe(
          new URL(`http://[${written}]/`).hostname,
        )
      }),
    )
  })

  it('looks at 32 hops at most, and says null beyond', () => {
    const forged = (hops: number) => `203.0.113.7${', 10.0.0.1'.repeat(hops)}`
    expect(from('10.0.0.1', forged(31), ['10.0.0.0/8'])).toBe('203.0.113.7')
    expect(from('10.0.0.1', forged(32), ['10.0.0.0/8'])).toBeNull()
  })
})

describe('a bad trustedProxies is refused at start, and says how to mend it', () => {
  it.each<[unknown, RegExp]>([
    [true, /number of proxies/],
    ['10.0.0.0/8', /an array/],
    [-1, /0 to 32/],
    [1.5, /0 to 32/],
    [Number.NaN, /0 to 32/],
    [33, /0 to 32/],
    [null, /^$/],
    [['localhost'], /'localhost' is no IP/],
    [['constructor'], /is no IP/],
    [['010.0.0.0/8'], /is no IP/],
    [['10/8'], /is no IP/],
    [['10.0.0.0/08'], /is no IP/],
    [['10.0.0.0/-1'], /is no IP/],
    [['fe80::1%eth0'], /is no IP/],
    [['10.0.0.0/33'], /longer than 32/],
    [['::1/129'], /longer than 128/],
    [['0.0.0.0/0'], /every address/],
    [['::/0'], /every address/],
    [['::ffff:0.0.0.0/96'], /every address/],
    [[1], /is no IP/],
    [[Object.create(null)], /is no IP/],
    [{ proxies: 1, header: 'x-real-ip' }, /'x-forwarded-for' or 'forwarded'/],
    [{ header: 'forwarded' }, /number of proxies/],
    [{ hops: 1 }, /'hops'/],
  ])('%j', (value, message) => {
    if (value === null) return expect(checkTrustedProxies(value).trusts('10.0.0.1', 0)).toBe(false)
    const check = () => checkTrustedProxies(value)
    expect(check).toThrow(UserSessionsError)
    expect(check).toThrow(message)
    expect(check).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })

  it('is checked once and frozen', () => {
    const list = ['10.0.0.0/8']
    const trust = checkTrustedProxies(list)
    list.push('203.0.113.0/24')
    expect(Object.isFrozen(trust)).toBe(true)
    expect(clientIp(source('203.0.113.7', { 'x-forwarded-for': '6.6.6.6' }), trust)).toBe('203.0.113.7')
  })
})
