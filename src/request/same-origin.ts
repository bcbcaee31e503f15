const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether this request may change something: false when a browser sends it on behalf of another site.
 *
 * `Sec-Fetch-Site` is asked first, then `Origin` is compared with the host. A request with neither comes from no browser, so
 * nobody's cookies can have been abused, and it passes. Reading (GET, HEAD, OPTIONS) always passes: nothing may change by it.
 * Only the method that was really used counts, never `X-HTTP-Method-Override`.
 *
 * @param trustedOrigins origins besides the own one, `https://host[:port]`
 * @see the rule of Go 1.25's `http.CrossOriginProtection`
 */
export function sameOrigin(request: Request, trustedOrigins: readonly string[]): boolean {
  if (SAFE_METHODS.has(request.method)) return true
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return true
  if (site === null && origin === null) return true
  // A sandboxed frame sends `null`, which is nobody's origin and does not parse.
  if (origin === null || !URL.canParse(origin)) return false
  const from = new URL(origin)
  if (from.origin !== 'null' && trustedOrigins.includes(from.origin)) return true
  return site === null && from.host === hostOf(request, from.protocol)
}

/** The scheme of the origin decides which port goes without saying: behind a proxy ours may differ from the browser's. */
function hostOf(request: Request, protocol: string): string {
  const host = request.headers.get('host')
  if (host === null) return new URL(request.url).host
  const url = `${protocol}//${host}`
  return URL.canParse(url) ? new URL(url).host : ''
}
