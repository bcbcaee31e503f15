import { checkNames } from '../index.js'

/**
 * Checks the options of `us.admin`: a page over everybody's sessions must not open for want of a rule.
 *
 * @throws TypeError when `allow` is missing
 * @throws UserSessionsError `option_unknown`
 */
export function checkAdmin<Allow>(options: { readonly allow: Allow }): Allow {
  const given = options ?? {}
  checkNames(given, ['allow'], 'us.admin')
  if (typeof given.allow === 'function') return given.allow
  throw new TypeError(
    'us.admin needs `allow`: who may see it, for example `us.admin({ allow: (request) => accounts.isAdmin(us.of(request).user) })`.',
  )
}
