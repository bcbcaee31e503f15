import { checkNames, checkWhole } from '../checks.js'
import { END_REASONS, type EndReason } from '../session.js'
import type { SearchQuery } from '../storage/storage.js'
import type { EndRequest, HistoryQuery } from './user-handle.js'

/** These two are the system's own notes, and end nothing. */
const REASONS: readonly EndReason[] = END_REASONS.filter((reason) => reason !== 'rekeyed' && reason !== 'purged')
const PAGE = 50

/**
 * Checks why and on whose word the app ends sessions, and fills in what it leaves open.
 *
 * @throws UserSessionsError `option_unknown`
 * @throws TypeError for a reason that does not exist, or a `by` that is no text
 */
export function checkEndRequest(
  request: EndRequest,
  where: string,
): { readonly reason: EndReason; readonly by: string | null } {
  checkNames(request, ['reason', 'by'], where)
  const { reason = 'app', by = null } = request
  if (!REASONS.includes(reason)) {
    throw new TypeError(`${where}: there is no reason '${String(reason)}'. Reasons are: ${REASONS.join(', ')}.`)
  }
  if (by !== null && typeof by !== 'string') throw new TypeError(`${where}: \`by\` must be text or null.`)
  return { reason, by }
}

/**
 * @throws UserSessionsError `option_unknown`, `option_invalid`
 * @throws TypeError when `since` is no date
 */
export function checkHistoryQuery(query: HistoryQuery): void {
  checkNames(query, ['since', 'limit'], 'history')
  const { since, limit } = query
  if (since !== undefined && !(since instanceof Date && Number.isFinite(since.getTime()))) {
    throw new TypeError('history: `since` must be a Date.')
  }
  if (limit !== undefined) checkWhole('limit', limit, 0)
}

/**
 * Checks a search over all users.
 *
 * @returns it with its limit, 50 by default
 * @throws UserSessionsError `option_unknown`, `option_invalid`
 * @throws TypeError when `text` or `after` is no text
 */
export function checkSearch(query: Partial<SearchQuery>): SearchQuery {
  checkNames(query, ['text', 'limit', 'after'], 'search')
  for (const name of ['text', 'after'] as const) {
    if (query[name] !== undefined && typeof query[name] !== 'string')
      throw new TypeError(`search: \`${name}\` must be text.`)
  }
  return { ...query, limit: checkWhole('limit', query.limit ?? PAGE, 1) }
}
