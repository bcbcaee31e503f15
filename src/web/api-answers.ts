import { placeText } from '../request/place-text.js'
import type { Device, ListedSession } from '../session.js'
import { PRIVATE_HEADERS } from './headers.js'

/** Every code that an error of the API can carry. */
export type ApiErrorCode =
  | 'cross_site'
  | 'invalid_choice'
  | 'invalid_json'
  | 'invalid_list'
  | 'method_not_allowed'
  | 'required'
  | 'too_large'
  | 'too_many'
  | 'unavailable'
  | 'unsupported_media_type'

/** One session in the API's answers. Times are unix seconds. */
export interface ApiSession {
  readonly id: string
  readonly user_agent: string | null
  readonly ip: string | null
  /** Where the address is, in English and only approximately. */
  readonly location: string | null
  readonly created_at: number
  /** Only when activity is tracked. */
  readonly last_seen_at?: number
  readonly expires_at: number
  readonly is_current: boolean
  readonly name: string | null
  readonly device: Omit<Device, 'version'>
}

const ERRORS: Readonly<Record<ApiErrorCode, readonly [status: number, message: string]>> = {
  cross_site: [403, 'Cross-site request refused.'],
  invalid_choice: [400, 'Session not found.'],
  invalid_json: [400, 'The body is not valid JSON.'],
  invalid_list: [400, 'Enter a list of session ids.'],
  method_not_allowed: [405, 'Method not allowed.'],
  required: [400, 'This field is required.'],
  too_large: [413, 'The body is larger than 16 KiB.'],
  too_many: [400, 'Name at most 100 sessions at a time.'],
  unavailable: [503, 'Sessions cannot be reached right now. Please try again.'],
  unsupported_media_type: [415, 'Send the body as application/json.'],
}

/** An error as the API tells it. Never repeats what was sent. */
export function apiError(code: ApiErrorCode, headers: Readonly<Record<string, string>> = {}): Response {
  const [status, message] = ERRORS[code]
  const error = status === 400 ? { message, code, param: 'sessions' } : { message, code }
  return json(status, { status, errors: [error] }, headers)
}

/** The user's sessions. */
export function apiList(sessions: readonly ListedSession<unknown>[], trackActivity: boolean): Response {
  return json(200, { status: 200, data: sessions.map((session) => apiSession(session, trackActivity)) })
}

/** Nobody is signed in, or no longer. */
export function apiSignedOut(
  flows: readonly { readonly id: string }[],
  headers: Readonly<Record<string, string>> = {},
): Response {
  return json(401, { status: 401, data: { flows }, meta: { is_authenticated: false } }, headers)
}

function apiSession(session: ListedSession<unknown>, trackActivity: boolean): ApiSession {
  const { browser, kind, label, os } = session.device
  return {
    id: session.id,
    user_agent: session.userAgent,
    ip: session.ip,
    location: placeText(session.place),
    created_at: seconds(session.createdAt),
    ...(trackActivity ? { last_seen_at: seconds(session.lastSeenAt) } : {}),
    expires_at: seconds(session.expiresAt),
    is_current: session.isCurrent,
    name: session.name,
    device: { label, browser, os, kind },
  }
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...PRIVATE_HEADERS,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json; charset=utf-8',
      vary: 'Cookie',
      ...headers,
    },
  })
}
