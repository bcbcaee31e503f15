import { UserSessionsError } from '../errors.js'
import type { Ending } from '../session.js'

/** Why a session's {@link RequestSessions.signal} was aborted: its `reason`. The code is `session_ended`. */
export class SessionEndedError extends UserSessionsError {
  constructor(readonly ending: Ending) {
    super('session_ended', `The session has ended: ${ending.reason}.`)
  }
}
