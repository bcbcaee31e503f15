import { UserSessionsError } from '../errors.js'

/** The error of whatever is asked of a storage after its `close`. */
export function storageClosed(): UserSessionsError {
  return new UserSessionsError(
    'closed',
    'This storage is closed: sessions.close() was called. Stop taking requests first, and close last.',
  )
}
