import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { memoise } from './memoise.js'

/** Longer than any address with brackets, zone and port. */
const LONGEST = 100

/**
 * One address, as a socket or a forwarding header states it, in its one normal form: IPv6 compressed and in lower case
 * (RFC 5952), an IPv4-mapped address as IPv4, without port, brackets and zone.
 *
 * Null for everything else. `010.1.1.1` is null, not 10.1.1.1 or 8.1.1.1: programs differ in how they read it.
 */
export function parseIp(text: string): string | null {
  return text.length > LONGEST ? null : parsed(text)
}

const parsed = memoise((text) => {
  const bare = withoutPort(text.trim())
  // ipaddr.js alone would also take octal, hexadecimal and shortened forms.
  if (isIP(bare) === 0) return null
  // IPv4-compatible addresses (RFC 4291, deprecated): ipaddr.js reads them as IPv4-mapped, which they are not.
  if (/^::\d+\./.test(bare)) return null
  const address = bare.replace(/%.*$/, '')
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : null
})

function withoutPort(text: string): string {
  const bracketed = /^\[([^[\]]+)\](?::\d{1,5})?$/.exec(text)
  if (bracketed?.[1] !== undefined) return bracketed[1].includes(':') ? bracketed[1] : ''
  return /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
}
