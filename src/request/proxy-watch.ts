import type { Logger } from '../session.js'
import type { ForwardedHeader, TrustedProxies } from './client-ip.js'
import { parseIp } from './parse-ip.js'
import { reach } from './reach.js'
import type { RequestSource } from './source.js'

const HEADERS: readonly ForwardedHeader[] = ['x-forwarded-for', 'forwarded']

/** So many visits through what calls itself a proxy are no chance. */
const FORWARDED_VISITS = 20
/** Without such a header it could be anybody: so many visits, of so many users. */
const BARE_VISITS = 200
const BARE_USERS = 5
/** So many visits without the header that the proxies should write. */
const UNFORWARDED_VISITS = 200
/** After so many visits that prove nothing, it gives up. */
const MOST_VISITS = 10_000

/**
 * Notices `trustedProxies` that cannot be right, and says so once: unset, though everybody comes from one private address; or
 * set, though no proxy writes its header. Any evidence against it, or the warning, switches it off for good.
 */
export class ProxyWatch {
  #isOn = true
  #visits = 0
  #forwarded = 0
  #bare = 0
  /** Who wrote a forwarding header. A proxy may have several addresses, so there may be more than one. */
  readonly #proxies = new Set<string>()
  readonly #headers = new Set<ForwardedHeader>()
  /** The one private address that visits without a forwarding header came from. */
  #only: string | undefined
  readonly #users = new Set<string>()

  constructor(
    private readonly trust: Pick<TrustedProxies, 'header' | 'trustsSome'>,
    private readonly logger: Logger,
  ) {}

  /** Whether {@link see} still wants to know. */
  get isOn(): boolean {
    return this.#isOn
  }

  /**
   * One visit of somebody signed in. Throws nothing.
   *
   * @param ip the client's, as it was told
   */
  see(source: RequestSource, ip: string | null, user: string): void {
    if (!this.#isOn) return
    try {
      this.#see(source, ip, user)
    } catch {
      this.#isOn = false
    }
  }

  #see(source: RequestSource, ip: string | null, user: string): void {
    this.#visits += 1
    const headers = HEADERS.filter((name) => source.header(name))
    for (const header of headers) this.#headers.add(header)
    if (this.trust.trustsSome) this.#seeTrusting(headers)
    else this.#seeTrustingNobody(headers.length > 0, ip === null ? null : parseIp(ip), user)
    if (this.#visits >= MOST_VISITS) this.#isOn = false
  }

  /** One visit with the header is enough: there is a proxy that writes it. */
  #seeTrusting(headers: readonly ForwardedHeader[]): void {
    const { header } = this.trust
    if (headers.includes(header)) this.#isOn = false
    else if (this.#visits >= UNFORWARDED_VISITS) this.#warn(unforwarded(header, this.#headers))
  }

  /** No address is no evidence: the app may not want any. */
  #seeTrustingNobody(isForwarded: boolean, ip: string | null, user: string): void {
    if (ip === null) return
    const from = reach(ip)
    if (from === 'public') this.#isOn = false
    else if (isForwarded) this.#seeForwarded(ip)
    // On the developer's own machine everybody comes from there.
    else if (from === 'private') this.#seeBare(ip, user)
  }

  #seeForwarded(ip: string): void {
    this.#forwarded += 1
    this.#proxies.add(ip)
    if (this.#forwarded >= FORWARDED_VISITS) this.#warn(untrusted(this.#proxies, this.#headers))
  }

  /** A second one means that this is a network whose clients come by themselves. */
  #seeBare(ip: string, user: string): void {
    this.#only ??= ip
    if (this.#only !== ip) {
      this.#isOn = false
      return
    }
    this.#bare += 1
    if (this.#users.size < BARE_USERS) this.#users.add(user)
    if (this.#bare >= BARE_VISITS && this.#users.size >= BARE_USERS) this.#warn(oneForAll(ip))
  }

  #warn(message: string): void {
    this.#isOn = false
    this.logger.warn(`usersessions: ${message}`)
  }
}

function untrusted(proxies: ReadonlySet<string>, headers: ReadonlySet<ForwardedHeader>): string {
  const written = headers.has('x-forwarded-for') ? 'x-forwarded-for' : 'forwarded'
  const option = written === 'forwarded' ? "trustedProxies: { proxies: 1, header: 'forwarded' }" : 'trustedProxies: 1'
  return `${FORWARDED_VISITS} visits came from ${[...proxies].slice(0, 3).join(', ')} with the header ${shown(written)}. That looks like a proxy, and it is its address that sessions are recorded with. Set \`${option}\`, with the number of proxies in front of the app or their addresses, and sessions get the addresses of their clients.`
}

function oneForAll(ip: string): string {
  return `${BARE_VISITS} visits of at least ${BARE_USERS} users came from ${ip}, a private address. That looks like a proxy that does not say for whom it asks. Let it write X-Forwarded-For, and set \`trustedProxies: 1\`, with the number of proxies in front of the app or their addresses.`
}

function unforwarded(header: ForwardedHeader, seen: ReadonlySet<ForwardedHeader>): string {
  const other = HEADERS.find((name) => seen.has(name))
  const mend = other
    ? `${shown(other)} is there instead. If your proxies write that, and overwrite or append to what clients send, set \`trustedProxies: { proxies: …, header: '${other}' }\`.`
    : "Either the app is reached around its proxies, and should not be; or they write another header: X-Forwarded-For is read, or Forwarded with `trustedProxies: { proxies: …, header: 'forwarded' }`; or there are none, and `trustedProxies` should be left out."
  return `\`trustedProxies\` is set, and none of the first ${UNFORWARDED_VISITS} visits had the header ${shown(header)}. ${mend}`
}

function shown(header: ForwardedHeader): string {
  return header === 'forwarded' ? 'Forwarded' : 'X-Forwarded-For'
}
