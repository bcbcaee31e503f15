/** Every code a {@link UserSessionsError} can carry. Each is explained in docs/errors.md. */
export type ErrorCode =
  | 'secret_missing'
  | 'secret_too_short'
  | 'option_unknown'
  | 'option_invalid'
  | 'storage_driver_missing'
  | 'storage_url_unknown'
  | 'storage_schema_missing'
  | 'storage_schema_old'
  | 'storage_schema_new'
  | 'storage_grant_missing'
  | 'places_unreadable'
  | 'storage_busy'
  | 'storage_unavailable'
  | 'store_unavailable'
  | 'peer_missing'
  | 'session_middleware_missing'
  | 'not_signed_in'
  | 'session_refused'
  | 'session_ended'
  | 'data_invalid'
  | 'data_too_large'
  | 'config_missing'
  | 'config_invalid'
  | 'closed'

/** Every {@link ErrorCode}, for documentation and checks. */
export const ERROR_CODES: readonly ErrorCode[] = [
  'secret_missing',
  'secret_too_short',
  'option_unknown',
  'option_invalid',
  'storage_driver_missing',
  'storage_url_unknown',
  'storage_schema_missing',
  'storage_schema_old',
  'storage_schema_new',
  'storage_grant_missing',
  'places_unreadable',
  'storage_busy',
  'storage_unavailable',
  'store_unavailable',
  'peer_missing',
  'session_middleware_missing',
  'not_signed_in',
  'session_refused',
  'session_ended',
  'data_invalid',
  'data_too_large',
  'config_missing',
  'config_invalid',
  'closed',
]

/**
 * Every fault this package reports. `code` is stable, `message` says what was wrong and how to mend it.
 * Misuse of an argument's type throws `TypeError` instead.
 */
export class UserSessionsError extends Error {
  override readonly name = 'UserSessionsError'

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/**
 * An error as a log may have it: name, message, code and stack, and nothing that a driver has hung on it. A command with
 * its arguments holds session keys.
 */
export function forLog(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const code: unknown = Reflect.get(error, 'code')
  const causes =
    error instanceof AggregateError ? error.errors.map((one: unknown) => `\n  ${forLog(one)}`).join('') : ''
  return `${error.stack ?? error.message}${typeof code === 'string' ? ` (${code})` : ''}${causes}`
}
