import type { CurrentSession } from '../engine/engine.js'
import { UserSessionsError } from '../errors.js'

/** @throws TypeError when the session is another's or nobody's: the next save of it would end the record */
export function checkCarries(session: CurrentSession, user: string): void {
  if (session.user === user) return
  const read = session.user === undefined ? 'undefined' : `'${session.user}'`
  throw new TypeError(
    `recordSignIn('${user}'), but \`user\` reads ${read} from this session: set it first, or mend the binding's \`user\`.`,
  )
}

/** The error of a sign-in that came to nothing. */
export function refused(): UserSessionsError {
  return new UserSessionsError(
    'session_refused',
    'This sign-in is refused: the user is blocked, or the session was ended.',
  )
}
