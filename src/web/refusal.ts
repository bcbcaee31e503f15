import { apiSignedOut } from './api-answers.js'
import { redirect } from './headers.js'
import type { WebOptions } from './web-context.js'
import { withNext } from './with-next.js'

/**
 * The answer to a request whose session has ended, where the app must not go on: a person who opens a page is sent to
 * the login page, a program gets 401 (RFC 6750 §3.1).
 */
export function refusal(
  { loginUrl, flows }: Pick<WebOptions, 'loginUrl' | 'flows'>,
  { method, headers }: { readonly method: string; readonly headers: Headers },
  path: string,
): Response {
  const opensPage = (method === 'GET' || method === 'HEAD') && (headers.get('accept') ?? '').includes('text/html')
  if (opensPage) return redirect(302, withNext(loginUrl, path))
  return apiSignedOut(flows, { 'www-authenticate': 'Bearer error="invalid_token"' })
}
