import type { CurrentSession } from '../engine/engine.js'
import type { Config } from '../options.js'
import type { Ending, SeenClient } from '../session.js'
import type { ClientFollower } from './client-follower.js'
import type { Judge, Judgement } from './judge.js'
import type { Live } from './live.js'
import type { Tracker } from './tracker.js'

/** Who comes: the framework's request, and the client it came from, told only when asked. */
export interface Visitor {
  readonly request: object
  readonly client: SeenClient
}

/** What admitting needs. */
export interface AdmitParts {
  readonly judge: Judge
  readonly tracker: Tracker
  readonly config: Pick<Config, 'clock' | 'maxLifetime' | 'trackActivity'>
  readonly follower: Pick<ClientFollower, 'note'>
}

/** Whether a visit's session is good. `unseen` has a user and no record: the caller adopts or refuses it. */
export type Admission =
  | { readonly state: 'live'; readonly session: Live }
  | { readonly state: 'ended'; readonly ending: Ending }
  | { readonly state: 'unseen' }

/** Decides on one visit and notes what it changed. Synchronous, and no statement, for a session met before. */
export function admit(
  parts: AdmitParts,
  session: CurrentSession & { readonly user: string },
  visitor: Visitor,
): Admission | Promise<Admission> {
  const conclude = (judgement: Judgement): Admission => {
    if (judgement.state === 'ended') return { state: 'ended', ending: judgement.ending }
    if (judgement.state === 'elsewhere') return { state: 'ended', ending: { reason: 'rekeyed', by: null, at: 0 } }
    if (judgement.state === 'unseen') return { state: 'unseen' }
    note(parts, judgement, session, visitor)
    return { state: 'live', session: judgement }
  }
  const judgement = parts.judge.judge(session.key, session.user, session.marker)
  return judgement instanceof Promise ? judgement.then(conclude) : conclude(judgement)
}

function note(parts: AdmitParts, live: Live, session: CurrentSession, visitor: Visitor): void {
  const { clock, maxLifetime, trackActivity } = parts.config
  const at = clock()
  const expiresAt = at + (session.lifetime ?? maxLifetime)
  parts.tracker.note(live, { at, expiresAt })
  if (!trackActivity) return
  const { client } = visitor
  const isSame = client.ip === live.ip && client.userAgent === live.userAgent && client.hints === live.hints
  if (!isSame) parts.follower.note(live, client, visitor.request)
}
