import type { Judgement } from '../activity/judge.js'
import type { Claim, SaveRuling, StoreRules } from '../engine/engine.js'
import type { Ending } from '../session.js'
import { endSessions } from './end-sessions.js'
import type { Parts } from './parts.js'
import { endByDestroy } from './rekey-session.js'
import { heldAs, heldBefore, refuse, ruleOnSave } from './rule-on-save.js'

/** The state machine of the guarded store: each branch is a row of the table in ARCHITECTURE.md. */
export function createStoreRules(parts: Parts): StoreRules {
  const { contexts, judge, config } = parts
  /** A fault of ours is no outage of the app's: with a server-side store, the store decides. */
  async function orOnFault<Result>(fallback: Result, decide: () => Promise<Result>): Promise<Result> {
    try {
      return await decide()
    } catch (error) {
      config.logger.error('usersessions: could not decide on a session, so its store does', error)
      return fallback
    }
  }

  return {
    loaded: (key, claim) =>
      orOnFault(true, async () => {
        const context = contexts.loading()
        if (!claim && context) context.refused = judge.endingOf(key)
        if (claim?.user === undefined) return true
        const judgement = await judge.judge(key, claim.user, claim.marker)
        const ending = endingIn(judgement)
        if (context && ending) context.refused = ending
        if (context && judgement.state === 'unseen') context.unseenKey = key
        if (context && judgement.state === 'live') contexts.hold(context, heldAs(judgement))
        return ending === undefined
      }),

    saving: (key, claim, previous, request) => {
      const isEnded = claim.user !== undefined && judge.isEnded(key, claim.user)
      const fallback: SaveRuling = isEnded ? refuse(true) : { store: true, marker: claim.marker }
      return orOnFault(fallback, () => ruleOnSave(parts, key, claim, previous, request && contexts.of(request)))
    },

    saved: (key, { user }) => user === undefined || !judge.isEnded(key, user),

    touching: (key, claim) =>
      orOnFault(true, async () => {
        if (claim.user === undefined) return true
        return endingIn(await judge.judge(key, claim.user, claim.marker)) === undefined
      }),

    destroying: (key, previous) => orOnFault(undefined, () => endDestroyed(parts, key, previous)),
  }
}

/** A logout, or the first half of a re-key; the app's listeners hear of it only when no second half follows. */
async function endDestroyed(
  parts: Parts,
  key: string,
  previous: () => Promise<Claim | undefined>,
): Promise<void> {
  const context = parts.contexts.holding(key)
  if (context?.held) return endByDestroy(parts, context.held, context)
  const held = await heldBefore(parts, key, previous)
  if (held) await endSessions(parts, held.user, { ids: [held.id] }, { reason: 'app', by: null })
}

function endingIn(judgement: Judgement): Ending | undefined {
  if (judgement.state === 'ended') return judgement.ending
  return judgement.state === 'elsewhere' ? { reason: 'rekeyed', by: null, at: 0 } : undefined
}
