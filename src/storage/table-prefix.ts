import { UserSessionsError } from '../errors.js'

const TABLE_PREFIX = /^[a-z_][a-z0-9_]{0,30}$/

/** Table names begin with this unless the app says otherwise. */
export const DEFAULT_TABLE_PREFIX = 'user_'

/**
 * Checks the `tablePrefix` option: it becomes part of SQL identifiers.
 *
 * @throws UserSessionsError `option_invalid`
 */
export function checkTablePrefix(prefix: unknown): asserts prefix is string {
  if (typeof prefix === 'string' && TABLE_PREFIX.test(prefix)) return
  throw new UserSessionsError(
    'option_invalid',
    'tablePrefix must begin with a-z or _ and hold at most 31 of a-z, 0-9 and _, for example "user_".',
  )
}
