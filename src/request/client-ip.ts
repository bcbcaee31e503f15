import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { UserSessionsError } from '../errors.js'
import { forwardedHops } from './forwarded-hops.js'
import { parseIp } from './parse-ip.js'
import type { RequestSource } from './source.js'

/** The header that the app's own proxies write, and that they overwrite or append to when a client sends it. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded'

/**
 * The proxies in front of the app: how many, or which ones by address, CIDR or one of the names `loopback`, `linklocal`,
 * `uniquelocal` (as in Express) and `unix` (a peer without an address). `header` is what they write; default is
 * `x-forwarded-for`. The other header is never read: no proxy guards it.
 */
export type TrustedProxiesOption =
  | number
  | readonly string[]
  | { readonly proxies: number | readonly string[]; readonly header?: ForwardedHeader }

/** {@link TrustedProxiesOption}, checked. */
export interface TrustedProxies {
  readonly header: ForwardedHeader
  /** Whether anybody is believed. */
  readonly trustsSome: boolean
  /** Whether to believe the peer this many hops away (0 is the socket's) about who is behind it. */
  readonly trusts: (address: string | null, hop: number) => boolean
}

/** More proxies than anybody has; also bounds what a forged header can cost. */
const MOST_HOPS = 32

const NAMED: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['linklocal', ['169.254.0.0/16', 'fe80::/10']],
  ['uniquelocal', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
  ['unix', []],
])

/**
 * The address of the client of a request, normalised by {@link parseIp}, or null when it cannot be told. Never throws.
 *
 * It is the socket's peer, unless that is a trusted proxy; then what that proxy says its peer was, and so on, from the
 * right of the header. The first one not trusted is the client. When its entry is no address (`unknown`, `_hidden`,
 * garbage) the answer is null: entries further left could be forged by it. When all are trusted, it is the leftmost.
 */
export function clientIp(source: RequestSource, trust: TrustedProxies): string | null {
  let address = typeof source.remoteAddress === 'string' ? parseIp(source.remoteAddress) : null
  if (!trust.trusts(address, 0)) return address
  const value: unknown = source.header(trust.header)
  if (typeof value !== 'string') return address
  let hop = 0
  for (const entry of forwardedHops(trust.header, value)) {
    hop += 1
    if (hop > MOST_HOPS) return null
    address = entry === null ? null : parseIp(entry)
    if (!trust.trusts(address, hop)) return address
  }
  return address
}

/**
 * Checks the option `trustedProxies` once. Undefined is 0: nobody is trusted, the client is the socket's peer.
 *
 * @throws UserSessionsError `option_invalid`
 */
export function checkTrustedProxies(value: unknown): TrustedProxies {
  const { proxies, header } = unwrap(value ?? 0)
  if (header !== 'x-forwarded-for' && header !== 'forwarded') {
    throw invalid(`header must be 'x-forwarded-for' or 'forwarded', not ${show(header)}`)
  }
  if (typeof proxies === 'number') {
    if (!Number.isInteger(proxies) || proxies < 0 || proxies > MOST_HOPS) {
      throw invalid(`a number of proxies must be an integer from 0 to ${MOST_HOPS}, not ${proxies}`)
    }
    const trusts = (_address: string | null, hop: number) => hop < proxies
    return Object.freeze({ header, trustsSome: proxies > 0, trusts })
  }
  if (!Array.isArray(proxies)) {
    throw invalid(`pass the number of proxies in front of the app, or an array of IPs and CIDRs, not ${show(proxies)}`)
  }
  const list: readonly unknown[] = proxies
  return Object.freeze({ header, trustsSome: list.length > 0, trusts: trustsListed(list) })
}

function unwrap(value: unknown): { proxies: unknown; header: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { proxies: value, header: 'x-forwarded-for' }
  }
  const unknown = Object.keys(value).find((key) => key !== 'proxies' && key !== 'header')
  if (unknown !== undefined) throw invalid(`there is no ${show(unknown)} in it; it has 'proxies' and 'header'`)
  const proxies = 'proxies' in value ? value.proxies : undefined
  return { proxies, header: ('header' in value ? value.header : undefined) ?? 'x-forwarded-for' }
}

type Range = readonly [ReturnType<typeof ipaddr.parse>, number]

function trustsListed(list: readonly unknown[]): TrustedProxies['trusts'] {
  const ranges = list.flatMap((item) => (NAMED.get(item) ?? [item]).map(parseRange))
  const unix = list.includes('unix')
  return (text, hop) => {
    if (text === null) return unix && hop === 0
    const address = ipaddr.parse(text)
    return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match([base, bits]))
  }
}

function parseRange(item: unknown): Range {
  const match = typeof item === 'string' ? /^([0-9a-f:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/i.exec(item) : null
  const text = match?.[1]
  if (text === undefined || isIP(text) === 0) throw invalid(`${show(item)} is no IP address, CIDR or known name`)
  const written = ipaddr.parse(text)
  const base = ipaddr.process(text)
  const longest = base.kind() === 'ipv4' ? 32 : 128
  // `::ffff:10.0.0.0/104` is 10.0.0.0/8: addresses are compared after they were unmapped.
  const shift = written.kind() === base.kind() ? 0 : 96
  const bits = match?.[2] === undefined ? longest : Number(match[2]) - shift
  if (bits > longest) throw invalid(`${show(item)} has a prefix longer than ${longest + shift} bits`)
  if (bits <= 0) throw invalid(`${show(item)} trusts every address, so any client could pretend to be another`)
  return [base, bits]
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value
}

function invalid(problem: string): UserSessionsError {
  return new UserSessionsError(
    'option_invalid',
    `trustedProxies: ${problem}. Examples: 1, ['10.0.0.0/8', 'loopback'], { proxies: 1, header: 'forwarded' }.`,
  )
}
