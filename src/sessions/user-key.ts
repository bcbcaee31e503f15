/**
 * A user id as storage keeps it.
 *
 * @throws TypeError for anything but a non-empty string, a number or a bigint: above all for undefined, so that a missing
 * user can never mean everybody
 */
export function userKey(user: unknown): string {
  const isId = typeof user === 'string' || typeof user === 'bigint' || (typeof user === 'number' && !Number.isNaN(user))
  const text = isId ? String(user) : ''
  if (text === '') throw new TypeError(`A user id must be a non-empty string or a number, not ${describe(user)}.`)
  return text
}

function describe(user: unknown): string {
  return user === '' ? 'an empty string' : user === null ? 'null' : Number.isNaN(user) ? 'NaN' : typeof user
}
