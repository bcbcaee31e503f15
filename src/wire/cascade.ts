import type { Events } from '../events/events.js'
import type { SessionData } from '../session.js'
import { Cascade } from '../sessions/cascade/cascade.js'
import { Handlers } from '../sessions/cascade/handlers.js'
import type { Parts } from '../sessions/parts.js'
import type { Presenter } from '../sessions/present.js'

interface CascadeNeeds<User, Data extends SessionData> extends Pick<Parts, 'config' | 'storage' | 'background'> {
  readonly presenter: Presenter<User, Data>
  readonly events: Events<User, Data>
}

/** What hangs on sessions, and whether some process has anything that does. */
export async function wireCascade<User, Data extends SessionData>({
  presenter,
  events,
  ...parts
}: CascadeNeeds<User, Data>): Promise<Cascade<User, Data>> {
  const handlers = new Handlers(parts.config.logger, presenter)
  const cascade = new Cascade({ ...parts, handlers, failed: (failure) => events.emit('cascadeFailed', failure) })
  await cascade.start()
  return cascade
}
