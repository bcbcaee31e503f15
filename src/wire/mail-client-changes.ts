import type { Events } from '../events/events.js'
import type { Mailer } from '../notices/create-mailer.js'
import { placeText } from '../request/place-text.js'
import type { ChangeGrade, SessionData } from '../session.js'

/** Grades that say nothing to a person. */
const NO_NEWS: readonly ChangeGrade[] = ['network-roamed', 'browser-updated']

/** Has users told of changes of their sessions' clients. */
export function mailClientChanges<User, Data extends SessionData>(
  events: Events<User, Data>,
  mailer: Mailer<User>,
): void {
  events.on('clientChanged', ({ user, from, to, change }) => {
    if (NO_NEWS.includes(change.grade)) return
    mailer.notify({
      kind: 'clientChanged',
      user,
      sessionId: to.id,
      from: { ip: from.ip, userAgent: from.userAgent },
      to: { ip: to.ip, userAgent: to.userAgent },
      at: to.lastSeenAt.getTime(),
      device: to.device,
      fromDevice: from.device,
      location: placeText(to.place),
      fromLocation: placeText(from.place),
    })
  })
}
