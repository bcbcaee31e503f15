import { apiSignedOut } from './api-answers.js'
import { redirect } from './headers.js'
import type { WebOptions } from './web-context.js'
import { withNext } from './with-next.js'

/** What a refusal needs of a request. */
export interface Asked {
  readonly method: string
  /** The `Accept` header. */
  readonly accept: string | undefined
  /** Path and query. */
  readonly path: string
}

/**
 * The answer to a request whose session has ended, where the app must not go on: a person, who opens a page or posts a
 * form, is sent to the login page, a program gets 401 (RFC 6750 §3.1). Undefined for the login page itself.
 */
export function refusal(
  { loginUrl, flows }: Pick<WebOptions, 'loginUrl' | 'flows'>,
  { method, accept = '', path }: Asked,
): Response | undefined {
  // Behind a `#` no server sees the login page: what it serves at that path is for reading alone.
  const isReading = method === 'GET' || method === 'HEAD'
  if (pathOf(path) === pathOf(loginUrl) && (isReading || !loginUrl.includes('#'))) return undefined
  if (accept.includes('text/html')) {
    // What a form would have changed is not made up for by coming back to its address.
    return isReading ? redirect(302, withNext(loginUrl, path)) : redirect(303, loginUrl)
  }
  return apiSignedOut(flows, { 'www-authenticate': 'Bearer error="invalid_token"' })
}

function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? ''
}
