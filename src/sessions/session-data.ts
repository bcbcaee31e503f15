import { UserSessionsError } from '../errors.js'
import type { SessionData } from '../session.js'

const MAX_BYTES = 8 * 1024

/** What of a record's data is this package's own, and not shown to the app. */
export const OURS = 'usersessions'

/**
 * The app's metadata as text for storage.
 *
 * @throws UserSessionsError `data_invalid` when it is no JSON object, `data_too_large` over 8 KiB
 */
export function serializeData(data: SessionData | undefined): string | null {
  if (data === undefined) return null
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new UserSessionsError('data_invalid', "A session's data must be a plain object that JSON can carry.")
  }
  if (OURS in data) {
    throw new UserSessionsError(
      'data_invalid',
      `'${OURS}' in a session's data is kept by this package: name it otherwise.`,
    )
  }
  let text: string
  try {
    text = JSON.stringify(data)
  } catch (cause) {
    throw new UserSessionsError('data_invalid', "A session's data must be an object that JSON can carry.", { cause })
  }
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new UserSessionsError(
      'data_too_large',
      `A session's data may take ${MAX_BYTES} bytes as JSON, this takes ${Buffer.byteLength(text)}. Keep large things elsewhere.`,
    )
  }
  return text
}

/** Reads what {@link serializeData} wrote; damaged text reads as empty, a list must not fail for it. */
export function parseData(text: string | null): SessionData {
  if (text === null) return {}
  try {
    const data: unknown = JSON.parse(text)
    if (!isObject(data)) return {}
    const { [OURS]: _ours, ...theirs } = data
    return OURS in data ? theirs : data
  } catch {
    return {}
  }
}

/** Whether a parsed JSON text is an object. */
export function isObject(value: unknown): value is SessionData {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
