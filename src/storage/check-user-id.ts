const MAX_BYTES = 255
// A string that is not well-formed Unicode has no UTF-8 form: two such ids would become one in the database.
const UNSTORABLE = /[\0\p{Surrogate}]/u

/**
 * Checks a user id before any storage sees it: a string of 1 to 255 UTF-8 bytes, without NUL (PostgreSQL has no such text,
 * and some SQLite drivers cut there) and without lone surrogates.
 *
 * @throws TypeError when it is not
 */
export function checkUserId(userId: unknown): asserts userId is string {
  if (typeof userId !== 'string') throw new TypeError(`A user id must be a string, not ${describe(userId)}.`)
  if (userId === '') throw new TypeError('A user id must not be empty.')
  if (userId.length > MAX_BYTES || Buffer.byteLength(userId) > MAX_BYTES) {
    throw new TypeError(`A user id must have at most ${MAX_BYTES} UTF-8 bytes.`)
  }
  if (UNSTORABLE.test(userId)) throw new TypeError('A user id must not contain NUL or half a surrogate pair.')
}

/** Whether {@link checkUserId} lets it pass. */
export function isUserId(userId: unknown): userId is string {
  try {
    checkUserId(userId)
    return true
  } catch {
    return false
  }
}

function describe(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
}
