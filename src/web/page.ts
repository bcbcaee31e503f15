import { safeNext } from '../request/safe-next.js'
import { sameOrigin } from '../request/same-origin.js'
import { drawPage } from './draw-page.js'
import { contentPolicy, forgetting, PRIVATE_HEADERS, pageResponse, redirect, textResponse } from './headers.js'
import { createLocales, type Locale } from './locale.js'
import { pageAction } from './page-actions.js'
import { outcomeQuery, pageMessages, readOutcome } from './page-message.js'
import type { PageOptions } from './page-options.js'
import { pageView } from './page-view.js'
import { readForm } from './read-form.js'
import { readHistory } from './read-history.js'
import { STYLE_HASH } from './style.js'
import { orUnavailable } from './unavailable.js'
import type { WebCall, WebOptions } from './web-context.js'
import { withNext } from './with-next.js'

const ALLOW = 'GET, HEAD, POST'

/** The options, and what is worked out of them once. */
interface Page {
  readonly options: WebOptions & PageOptions
  readonly policy: string
  readonly localeOf: (acceptLanguage: string | null) => Locale
}

/**
 * Makes the sessions page: a user's sessions at `/sessions/` below the mount, and forms to end them. Works without a script.
 *
 * Answers undefined for every other path, also for those below its own: a cache that takes `/sessions/x.css` for a file must
 * never get the page (web cache deception).
 *
 * Parity rows 4, 9, 10, 18 and 20.
 *
 * @throws TypeError when a language tag in `messages` is none
 */
export function createPage(options: WebOptions & PageOptions): (call: WebCall) => Promise<Response | undefined> {
  const styles = options.render === undefined ? STYLE_HASH : undefined
  const page: Page = {
    options,
    policy: contentPolicy(styles, [options.logoutUrl, options.loginUrl], options.csp),
    localeOf: createLocales(options.messages),
  }
  return async (call) => {
    const url = safeNext(call.self ?? `${call.base}/sessions/`, '/sessions/')
    if (call.path === '/sessions') return withSlash(call.request, url)
    if (call.path !== '/sessions/') return undefined
    return orUnavailable(
      () => answer(page, call, url),
      (headers) => textResponse(503, 'Sessions cannot be shown right now. Please try again.', headers),
    )
  }
}

async function answer(page: Page, call: WebCall, url: string): Promise<Response> {
  const { request, sessions } = call
  if (!ALLOW.split(', ').includes(request.method)) return textResponse(405, 'Method not allowed.', { allow: ALLOW })
  if (!sameOrigin(request, page.options.trustedOrigins)) return textResponse(403, 'Cross-site request refused.')
  if (sessions.user === undefined) return redirect(302, withNext(page.options.loginUrl, url))
  return request.method === 'POST' ? post(page, call, url) : show(page, call, url)
}

async function post(page: Page, { request, sessions }: WebCall, url: string): Promise<Response> {
  const fields = await readForm(request)
  if (fields instanceof Response) return fields
  const done = await pageAction(sessions, fields)
  if (done === undefined) return textResponse(400, 'This form is none of the sessions page.')
  if (done === 'signed-out') return redirect(303, page.options.loginUrl, forgetting(page.options.clearSiteData))
  return redirect(303, `${url}?${outcomeQuery(done)}`)
}

async function show(
  { options, policy, localeOf }: Page,
  { request, sessions }: WebCall,
  url: string,
): Promise<Response> {
  const locale = localeOf(request.headers.get('accept-language'))
  const messages = pageMessages(readOutcome(new URL(request.url).searchParams), locale)
  const [live, ended] = await Promise.all([sessions.list(), readHistory(sessions, options.now())])
  const view = pageView({ options, locale, url, messages }, live, ended)
  if (options.render === undefined) return pageResponse(request, drawPage(view, options.slots), policy)
  const drawn: unknown = await options.render(view)
  if (drawn instanceof Response) return keptPrivate(drawn)
  if (typeof drawn === 'string') return pageResponse(request, drawn, policy)
  throw new TypeError(
    `us.page: \`render\` must return the page as HTML text or a Response, not ${drawn === null ? 'null' : typeof drawn}.`,
  )
}

/** A new Response, because the headers of one that came from `fetch` or `Response.redirect` cannot be changed. */
function keptPrivate(response: Response): Response {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(PRIVATE_HEADERS)) {
    if (!headers.has(name)) headers.set(name, value)
  }
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

/** 308 keeps a POST a POST. */
function withSlash(request: Request, url: string): Response {
  if (!ALLOW.split(', ').includes(request.method)) return textResponse(405, 'Method not allowed.', { allow: ALLOW })
  return redirect(request.method === 'POST' ? 308 : 301, url + new URL(request.url).search)
}
