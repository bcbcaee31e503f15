import { endingOf } from '../activity/verdicts.js'
import type { Events, FrameworkRequest } from '../events/events.js'
import type { SessionData } from '../session.js'
import type { Announce } from './parts.js'
import { type Presenter, present } from './present.js'

/** Tells the app's listeners in the app's own types. */
export function announcer<User, Data extends SessionData>(
  events: Events<User, Data>,
  presenter: Presenter<User, Data>,
): Announce {
  return {
    started(record, adopted, request) {
      const session = present(presenter, record)
      events.emit('sessionStarted', { user: session.user, session, adopted, request: asFrameworks(request) })
    },
    ended(record, request) {
      const session = present(presenter, record)
      const ending = endingOf(record)
      if (ending) events.emit('sessionEnded', { user: session.user, session, ending, request: asFrameworks(request) })
    },
    clientChanged(record, from, change, request) {
      const to = present(presenter, record)
      const before = present(presenter, { ...record, ...from })
      events.emit('clientChanged', { user: to.user, from: before, to, change, request: asFrameworks(request) })
    },
  }
}

/** The one cast: the binding whose request this is has declared its type by merging, which the compiler cannot follow. */
function asFrameworks<Request extends object | undefined>(request: Request): FrameworkRequest & Request {
  return request as FrameworkRequest & Request
}
