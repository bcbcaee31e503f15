import ipaddr from 'ipaddr.js'
import { parseIp } from './parse-ip.js'

/**
 * The network an address belongs to, for comparing clients: `203.0.0.0/16` or `2001:db8:1:2::/64` (Mastodon's rule).
 * Null when there is no address, or it is none.
 */
export function network(ip: string | null): string | null {
  const normal = ip === null ? null : parseIp(ip)
  if (normal === null) return null
  const address = ipaddr.parse(normal)
  if (address instanceof ipaddr.IPv4) return `${address.octets.slice(0, 2).join('.')}.0.0/16`
  return `${new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`
}
