import { safeNext } from '../request/safe-next.js'
import { sameOrigin } from '../request/same-origin.js'
import { type AdminQuery, type AdminView, adminQuery } from './admin-view.js'
import { cleanText } from './clean-text.js'
import { drawAdmin } from './draw-admin.js'
import { contentPolicy, pageResponse, redirect, textResponse } from './headers.js'
import { createLocales, type Locale } from './locale.js'
import { pageMessages, readOutcome } from './page-message.js'
import { readForm } from './read-form.js'
import { STYLE_HASH } from './style.js'
import { orUnavailable } from './unavailable.js'
import type { WebAdmin, WebCall, WebOptions } from './web-context.js'

const ALLOW = 'GET, HEAD, POST'
const PAGE_SIZE = 50
const POLICY = contentPolicy(STYLE_HASH, [])

/** One request to the admin page, from somebody the binding let through. */
export interface AdminCall extends Omit<WebCall, 'sessions'> {
  readonly admin: WebAdmin
}

/**
 * Makes the admin page at `/sessions/` below its own mount: everybody's sessions, newest first, to be searched by user id and IP
 * address and to be ended. Who may see it is decided before: the binding asks the app.
 *
 * Parity row 17.
 */
export function createAdmin(options: WebOptions): (call: AdminCall) => Promise<Response | undefined> {
  const localeOf = createLocales()
  return async (call) => {
    const url = safeNext(call.self ?? `${call.base}/sessions/`, '/sessions/')
    const { request, path } = call
    if (path !== '/sessions' && path !== '/sessions/') return undefined
    if (!ALLOW.split(', ').includes(request.method)) return textResponse(405, 'Method not allowed.', { allow: ALLOW })
    if (path === '/sessions') return redirect(request.method === 'POST' ? 308 : 301, url + new URL(request.url).search)
    if (!sameOrigin(request, options.trustedOrigins)) return textResponse(403, 'Cross-site request refused.')
    return orUnavailable(
      () =>
        request.method === 'POST'
          ? end(call, url)
          : show(options, call, url, localeOf(request.headers.get('accept-language'))),
      (headers) => textResponse(503, 'Sessions cannot be shown right now. Please try again.', headers),
    )
  }
}

async function end({ request, admin }: AdminCall, url: string): Promise<Response> {
  const fields = await readForm(request)
  if (fields instanceof Response) return fields
  const users = fields.getAll('user')
  const ids = fields.getAll('session')
  const [user] = users
  const [id] = ids
  if (user === undefined || id === undefined || users.length > 1 || ids.length > 1) {
    return textResponse(400, 'This form is none of the admin page.')
  }
  const ended = await admin.end([{ user, id }])
  const back = adminQuery(readQuery(request))
  back.set('message', ended.length > 0 ? 'ended' : 'not-found')
  return redirect(303, `${url}?${back}`)
}

async function show(
  options: WebOptions,
  { request, admin }: AdminCall,
  url: string,
  locale: Locale,
): Promise<Response> {
  const query = readQuery(request)
  // One more than shown tells whether there is a next page.
  const found = await admin.search({ ...query, limit: PAGE_SIZE + 1 })
  const view: AdminView = {
    url,
    query,
    locale,
    now: options.now(),
    messages: pageMessages(readOutcome(new URL(request.url).searchParams), locale),
    sessions: found.slice(0, PAGE_SIZE),
    hasMore: found.length > PAGE_SIZE,
  }
  return pageResponse(request, drawAdmin(view), POLICY)
}

function readQuery(request: Request): AdminQuery {
  const query = new URL(request.url).searchParams
  const text = cleanText(query.get('q') ?? '', 200)
  const after = query.get('after') ?? ''
  return { ...(text !== '' ? { text } : {}), ...(/^[\da-f-]{36}$/i.test(after) ? { after } : {}) }
}
