import fc from 'fast-check'
import { expect, it } from 'vitest'
import { network } from '../../../src/request/network.js'

it.each([
  ['203.0.113.7', '203.0.0.0/16'],
  ['203.0.255.255', '203.0.0.0/16'],
  ['::ffff:203.0.113.7', '203.0.0.0/16'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8::/64'],
  ['::1', '::/64'],
])('the network of %s is %s', (ip, expected) => {
  expect(network(ip)).toBe(expected)
})

it('what is no address is in no network', () => {
  for (const none of [null, '', 'unknown', '010.1.1.1', '1.2.3']) expect(network(none)).toBeNull()
})

it('never throws, and two addresses that differ in the first 16 bits are in two networks', () => {
  fc.assert(fc.property(fc.string(), (text) => void network(text)))
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), (one, other) => {
      const prefix = (ip: string) => ip.split('.').slice(0, 2).join('.')
      expect(network(one) === network(other)).toBe(prefix(one) === prefix(other))
    }),
  )
})
