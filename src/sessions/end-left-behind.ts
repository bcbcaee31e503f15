import type { RecordsEngine } from '../engine/engine.js'
import type { SessionData } from '../session.js'
import type { RequestContext } from './context.js'
import { endChosen } from './end-chosen.js'
import type { HandleParts } from './user-handle.js'

/**
 * The response is done, and what the client carries from now on is another session, or none: an app's own `destroy` of a sealed
 * session tells nobody, and a sign-in over one leaves it behind. What nobody can carry on ends.
 */
export function endLeftBehind<Request, User, Data extends SessionData>(
  shared: HandleParts<User, Data>,
  engine: RecordsEngine<Request>,
  request: Request,
  { came, request: told }: RequestContext,
): void {
  if (!came || !engine.carry) return
  const now = engine.current(request)
  if (now?.key === came.key && now.user === came.user) return
  if (shared.parts.judge.isEnded(came.key, came.user)) return
  const how = { reason: 'user', by: came.user, request: told } as const
  shared.parts.background('end a session that was left', endChosen(shared, came.user, { ids: [came.id] }, how))
}
