import type { UserSession } from '../session.js'
import type { Locale } from './locale.js'
import type { PageMessage } from './page-message.js'

/** What the admin page was asked for. */
export interface AdminQuery {
  /** A user id or an IP address. */
  readonly text?: string
  /** The id of the last session on the page before. */
  readonly after?: string
}

/** What the admin page shows. */
export interface AdminView {
  readonly url: string
  readonly query: AdminQuery
  readonly locale: Locale
  /** Unix milliseconds. */
  readonly now: number
  readonly messages: readonly PageMessage[]
  readonly sessions: readonly UserSession<unknown>[]
  readonly hasMore: boolean
}

/** A query as it stands in the page's address. */
export function adminQuery(query: AdminQuery): URLSearchParams {
  const parameters = new URLSearchParams()
  if (query.text !== undefined) parameters.set('q', query.text)
  if (query.after !== undefined) parameters.set('after', query.after)
  return parameters
}
