import type { Html } from './html.js'

/** A type of data that a browser is told to forget when the current session ends (W3C Clear Site Data). */
export type ClearSiteDataType = 'cache' | 'cookies' | 'storage' | 'executionContexts'

/** More sources for a directive of the Content-Security-Policy: `{ 'style-src': ["'self'"] }`. */
export type PolicyAdditions = Readonly<Record<string, readonly string[]>>

/**
 * On every answer: it is about one person, so no cache may keep it and no other site may frame or read it.
 *
 * `same-origin` and not `no-referrer`: with the latter browsers send `Origin: null` with a form of our own, and those without
 * `Sec-Fetch-Site` could then not be told from a sandboxed attacker (Fetch, section "Origin header"). Other sites get nothing.
 */
export const PRIVATE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  vary: 'Accept-Language, Cookie',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** A Content-Security-Policy. Without `styleHash` the looks are the app's own: only forms, base and framing are fixed. */
export function contentPolicy(
  styleHash: string | undefined,
  formTargets: readonly (string | undefined)[],
  additions: PolicyAdditions = {},
): string {
  // Chromium applies form-action to the redirects that follow a form as well, hence the sign-in page's origin too.
  const formOrigins = formTargets.flatMap((url) => (url && URL.canParse(url) ? [new URL(url).origin] : []))
  const policy = new Map<string, readonly string[]>()
  if (styleHash !== undefined) {
    // Browsers ask for the site's icon under this policy, and would report every page for it.
    policy.set('default-src', ["'none'"]).set('style-src', [styleHash]).set('img-src', ["'self'"])
  }
  policy.set('form-action', ["'self'", ...formOrigins])
  policy.set('base-uri', ["'none'"])
  policy.set('frame-ancestors', ["'none'"])
  for (const [name, sources] of Object.entries(additions)) {
    const fixed = (policy.get(name) ?? []).filter((source) => source !== "'none'")
    policy.set(name, [...fixed, ...sources])
  }
  return [...policy].map(([name, sources]) => [name, ...new Set(sources)].join(' ')).join('; ')
}

/** A drawn page; without its body for HEAD. */
export function pageResponse(request: Request, page: Html | string, policy: string): Response {
  return new Response(request.method === 'HEAD' ? null : String(page), {
    headers: { ...PRIVATE_HEADERS, 'content-security-policy': policy, 'content-type': 'text/html; charset=utf-8' },
  })
}

/** A refusal in plain words. */
export function textResponse(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, {
    status,
    headers: {
      ...PRIVATE_HEADERS,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'text/plain; charset=utf-8',
      ...headers,
    },
  })
}

/** On to another page. */
export function redirect(
  status: 301 | 302 | 303 | 308,
  location: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(null, { status, headers: { ...PRIVATE_HEADERS, ...headers, location } })
}

/** Clear-Site-Data, when the app wants it. */
export function forgetting(types: readonly ClearSiteDataType[] | undefined): Readonly<Record<string, string>> {
  if (types === undefined || types.length === 0) return {}
  return { 'clear-site-data': types.map((type) => `"${type}"`).join(', ') }
}
