import { beforeEach, describe, expect, it } from 'vitest'
import { checkTrustedProxies, clientIp, type TrustedProxiesOption } from '../../../src/request/client-ip.js'
import { ProxyWatch } from '../../../src/request/proxy-watch.js'
import type { RequestSource } from '../../../src/request/source.js'
import { keepingLogger } from '../notices/fixtures.js'
import { source } from './sources.js'

const XFF = { 'x-forwarded-for': '203.0.113.7' }
const FORWARDED = { forwarded: 'for=203.0.113.7' }

let log: ReturnType<typeof keepingLogger>
let watch: ProxyWatch
let trust: ReturnType<typeof checkTrustedProxies>

function start(trustedProxies?: TrustedProxiesOption): void {
  log = keepingLogger()
  trust = checkTrustedProxies(trustedProxies)
  watch = new ProxyWatch(trust, log.logger)
}

/** So many visits, of five users in turn. */
function visits(count: number, peer: string | undefined, headers: Record<string, string> = {}, users = 5): void {
  for (let n = 0; n < count; n++) {
    const from = source(peer, headers)
    watch.see(from, clientIp(from, trust), `user-${n % users}`)
  }
}

const said = () => log.lines.map(({ message }) => message)

beforeEach(() => start())

describe('a proxy that nobody was told of', () => {
  it.each([
    '127.0.0.1',
    '::1',
    '10.0.0.2',
    '::ffff:192.168.1.2',
    'fd00::2',
    '100.64.3.4',
  ])('is noticed after 20 visits from %s with a forwarding header, and said once', (peer) => {
    visits(19, peer, XFF)
    expect([said(), watch.isOn]).toEqual([[], true])
    visits(1, peer, XFF)
    expect(said()).toEqual([
      expect.stringMatching(/^usersessions: 20 visits came from .* with the header X-Forwarded-For/),
    ])
    expect(said()[0]).toContain('`trustedProxies: 1`')
    visits(500, peer, XFF)
    expect([said().length, watch.isOn]).toEqual([1, false])
  })

  it('is noticed by what it writes, and the mend is the one for that header', () => {
    visits(20, '10.0.0.2', FORWARDED)
    expect(said()[0]).toContain("`trustedProxies: { proxies: 1, header: 'forwarded' }`")
  })

  it('is noticed when there are several, and they are named', () => {
    visits(10, '10.0.0.2', XFF)
    visits(10, '10.0.0.3', XFF)
    expect(said()).toEqual([expect.stringContaining('20 visits came from 10.0.0.2, 10.0.0.3 with')])
  })

  it('never has what a client wrote in the log', () => {
    visits(20, '10.0.0.2', { 'x-forwarded-for': 'canary\r\nforged' })
    expect(said()).toEqual([expect.not.stringMatching(/canary|forged/)])
  })

  it('is noticed without a header only after 200 visits of five users from one private address', () => {
    visits(199, '10.0.0.2')
    expect(said()).toEqual([])
    visits(1, '10.0.0.2')
    expect(said()).toEqual([expect.stringMatching(/200 visits of at least 5 users came from 10\.0\.0\.2, a private/)])
    expect(watch.isOn).toBe(false)
  })

  it('is not suspected behind four users, until there is a fifth', () => {
    visits(1000, '10.0.0.2', {}, 4)
    expect(said()).toEqual([])
    watch.see(source('10.0.0.2'), '10.0.0.2', 'user-5')
    expect(said()).toHaveLength(1)
  })

  it('is not suspected on the developer’s own machine, until it writes a header', () => {
    visits(1000, '127.0.0.1')
    visits(1000, '::1')
    expect([said(), watch.isOn]).toEqual([[], true])
    visits(20, '::1', XFF)
    expect(said()).toHaveLength(1)
  })
})

describe('evidence that all is well', () => {
  it('is one public address, for good', () => {
    visits(19, '10.0.0.2', XFF)
    visits(1, '198.51.100.1')
    expect(watch.isOn).toBe(false)
    visits(1000, '10.0.0.2', XFF)
    expect(said()).toEqual([])
  })

  it('is a second private address that comes by itself: clients of a network', () => {
    visits(199, '10.0.0.2')
    visits(1, '10.0.0.3')
    expect(watch.isOn).toBe(false)
    visits(1000, '10.0.0.2')
    expect(said()).toEqual([])
  })

  it('is what the app itself tells of its clients, whoever the peer is', () => {
    watch.see(source('10.0.0.2', XFF), '203.0.113.7', 'ada')
    expect(watch.isOn).toBe(false)
  })

  it('is not an address that is not told: the app may want none, or listens on a socket', () => {
    visits(500, undefined)
    visits(500, undefined, XFF)
    watch.see(source('10.0.0.2', XFF), null, 'ada')
    watch.see(source('10.0.0.2', XFF), 'a hash of it', 'ada')
    expect([said(), watch.isOn]).toEqual([[], true])
  })

  it('is that 10,000 visits have proved nothing', () => {
    visits(9999, '127.0.0.1')
    expect(watch.isOn).toBe(true)
    visits(1, '127.0.0.1')
    expect([said(), watch.isOn]).toEqual([[], false])
  })
})

describe('proxies that write nothing', () => {
  it.each<TrustedProxiesOption>([
    1,
    ['10.0.0.0/8'],
    { proxies: 2 },
  ])('are noticed with %j after 200 visits without the header, and said once', (option) => {
    start(option)
    visits(199, '10.0.0.2')
    expect(said()).toEqual([])
    visits(500, '10.0.0.2')
    expect(said()).toEqual([
      expect.stringMatching(
        /`trustedProxies` is set, and none of the first 200 visits had the header X-Forwarded-For\./,
      ),
    ])
    expect(said()[0]).toContain("header: 'forwarded'")
    expect(watch.isOn).toBe(false)
  })

  it('are told the header that is there instead', () => {
    start({ proxies: 1, header: 'forwarded' })
    visits(1, '10.0.0.2', XFF)
    visits(199, '10.0.0.2')
    expect(said()).toEqual([
      expect.stringMatching(/the header Forwarded\. X-Forwarded-For is there instead\. .*header: 'x-forwarded-for'/),
    ])
  })

  it('are none as soon as one visit has the header, for good', () => {
    start(1)
    visits(199, '10.0.0.2')
    visits(1, '10.0.0.2', XFF)
    expect(watch.isOn).toBe(false)
    visits(1000, '10.0.0.2')
    expect(said()).toEqual([])
  })

  it.each<TrustedProxiesOption>([0, [], { proxies: 0 }])('cannot be meant by %j, which trusts nobody', (option) => {
    start(option)
    visits(20, '127.0.0.1', XFF)
    expect(said()[0]).toContain('`trustedProxies: 1`')
  })
})

it('a source or a logger that throws harms no request', () => {
  const failing = () => {
    throw new Error('no')
  }
  const odd: RequestSource = { remoteAddress: '10.0.0.2', header: failing }
  expect(() => watch.see(odd, '10.0.0.2', 'ada')).not.toThrow()
  expect(watch.isOn).toBe(false)
  watch = new ProxyWatch(trust, { warn: failing, error: failing })
  expect(() => visits(20, '10.0.0.2', XFF)).not.toThrow()
  expect(watch.isOn).toBe(false)
})
