import { UserSessionsError } from '../errors.js'

const SCHEMA = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/

/**
 * Checks the `schema` option: it becomes an SQL identifier.
 *
 * @throws UserSessionsError `option_invalid`
 */
export function checkSchemaName(schema: unknown): asserts schema is string {
  if (typeof schema === 'string' && SCHEMA.test(schema) && schema !== 'information_schema') return
  throw new UserSessionsError(
    'option_invalid',
    'schema must begin with a-z or _, not with pg_, and hold at most 63 of a-z, 0-9 and _, for example "auth".',
  )
}
