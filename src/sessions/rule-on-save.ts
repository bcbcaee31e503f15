import type { Judge } from '../activity/judge.js'
import { writeMarker } from '../activity/marker.js'
import type { Claim, SaveRuling } from '../engine/engine.js'
import type { Recorded } from '../storage/storage.js'
import type { Held, RequestContext } from './context.js'
import { endSessions } from './end-sessions.js'
import type { Parts } from './parts.js'
import { recordSession } from './record-session.js'
import { rekeySession } from './rekey-session.js'

/**
 * Decides over one save: what it means (a sign-in, an ordinary save, a re-key, a switch, a sign-out by clearing), does
 * what follows from that, and says whether to store it.
 */
export async function ruleOnSave(
  parts: Parts,
  key: string,
  claim: Claim,
  previous: () => Promise<Claim | undefined>,
  context: RequestContext | undefined,
): Promise<SaveRuling> {
  const held = context ? context.held : await heldBefore(parts, key, previous)
  const wasTheirs = held !== undefined && held.user === claim.user
  if (held?.key === key && !wasTheirs) await endReleased(parts, held, claim, context)
  if (claim.user === undefined) return { store: true, marker: undefined }

  const { destroyed } = context ?? {}
  if (context && destroyed && destroyed.user === claim.user && destroyed.key !== key) {
    const moved = await rekeySession(parts, destroyed, key, context)
    if (!moved) return refuse(false)
    return { store: true, marker: writeMarker(parts.changes.storageId, destroyed.id) }
  }

  const signedIn = { ...claim, user: claim.user }
  if (!held && !destroyed && claim.marker === undefined && !parts.judge.knows(key) && parts.changes.fresh()) {
    // Nothing speaks of it, so most likely it is new: then the record is the look-up, too. What is not fresh may not know yet when
    // everyone was signed out.
    const recorded = await recordSignIn(parts, key, signedIn, context)
    if (recorded.outcome !== 'exists') return ruleOnRecorded(parts, key, recorded, context)
  }
  const judgement = await parts.judge.judge(key, claim.user, markerOf(parts, held, destroyed, claim))
  if (judgement.state === 'live') {
    // The save of a session that has ended must not land in its successor under the same key.
    if (held && wasTheirs && held.key === key && held.id !== judgement.id) return refuse(false)
    if (context) parts.contexts.hold(context, heldAs(judgement))
    return { store: true, marker: writeMarker(parts.changes.storageId, judgement.id) }
  }
  if (judgement.state === 'ended') return refuse(parts.judge.isEnded(key, claim.user))
  if (judgement.state === 'elsewhere' && !isCopyOf(parts, held, judgement)) return refuse(false)
  return ruleOnRecorded(parts, key, await recordSignIn(parts, key, signedIn, context), context)
}

/** Whether the marked session still lives under the key the request came with: then this is a second one beside it. */
function isCopyOf({ keys }: Parts, held: Held | undefined, { keyHash }: { readonly keyHash: Uint8Array }): boolean {
  return held !== undefined && Buffer.from(keys.hash(held.key)).equals(keyHash)
}

/**
 * What the request came with counts before what the data says: a handler may have carried the user over to fresh data
 * without the marker, or another user's marker over to this one (Passport's `keepSessionInfo`), of whom it says nothing.
 */
function markerOf(
  { changes }: Parts,
  held: Held | undefined,
  destroyed: Held | undefined,
  claim: Claim,
): string | undefined {
  const cameWith = held ?? destroyed
  if (!cameWith) return claim.marker
  return cameWith.user === claim.user ? writeMarker(changes.storageId, cameWith.id) : undefined
}

function recordSignIn(
  parts: Parts,
  key: string,
  { user, lifetime }: Claim & { readonly user: string },
  context: RequestContext | undefined,
): Promise<Recorded> {
  return recordSession(parts, {
    user,
    key,
    lifetime,
    client: context?.client ?? { ip: null, userAgent: null, hints: null },
    data: context?.signInData,
    adopted: context?.unseenKey === key,
    request: context?.request,
  })
}

function ruleOnRecorded(
  parts: Parts,
  key: string,
  recorded: Recorded,
  context: RequestContext | undefined,
): SaveRuling {
  if (recorded.outcome === 'blocked' || recorded.record.endedAt !== null) return refuse(false)
  const { id, userId } = recorded.record
  if (context) parts.contexts.hold(context, { id, user: userId, key })
  return { store: true, marker: writeMarker(parts.changes.storageId, id) }
}

/** The session under this key was one user's and is now another's or nobody's. */
async function endReleased(parts: Parts, held: Held, claim: Claim, context: RequestContext | undefined): Promise<void> {
  if (context) parts.contexts.hold(context, undefined)
  await endSessions(
    parts,
    held.user,
    { ids: [held.id], underKeys: [parts.keys.hash(held.key)] },
    {
      reason: claim.user === undefined ? 'user' : 'switched',
      by: held.user,
      request: context?.request,
      release: true,
    },
  )
  parts.judge.release(held.key, held.user)
}

/** What a key was recorded as, told by what the store holds now. */
export async function heldBefore(
  { judge }: { readonly judge: Judge },
  key: string,
  previous: () => Promise<Claim | undefined>,
): Promise<Held | undefined> {
  const claim = await previous()
  if (claim?.user === undefined) return undefined
  const judgement = await judge.judge(key, claim.user, claim.marker)
  return judgement.state === 'live' ? heldAs(judgement) : undefined
}

/** @param destroy whether the key is the ended session's own */
export function refuse(destroy: boolean): SaveRuling {
  return { store: false, destroy }
}

/** A session as a request holds it, without what else the verdict carries. */
export function heldAs({ id, user, key }: Held): Held {
  return { id, user, key }
}
