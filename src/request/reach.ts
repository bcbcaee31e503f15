import ipaddr from 'ipaddr.js'

/** From where an address can be reached. */
export type Reach = 'loopback' | 'private' | 'public'

/** Addresses that many networks use at once (RFC 1918, 3927, 4193, 6598), and so are nowhere in particular. */
const PRIVATE: readonly string[] = ['private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat', 'unspecified']

/** @param ip as `parseIp` gives it */
export function reach(ip: string): Reach {
  const range = ipaddr.parse(ip).range()
  if (range === 'loopback') return 'loopback'
  return PRIVATE.includes(range) ? 'private' : 'public'
}
