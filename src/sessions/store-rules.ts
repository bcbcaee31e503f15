import type { Judgement } from '../activity/judge.js'
import type { Claim, HowDestroyed, SaveRuling, StoreRules } from '../engine/engine.js'
import { forLog } from '../errors.js'
import type { Ending } from '../session.js'
import type { Which } from '../storage/storage.js'
import type { Held, RequestContext } from './context.js'
import { endSessions } from './end-sessions.js'
import type { Parts } from './parts.js'
import { endByDestroy } from './rekey-session.js'
import { heldAs, heldBefore, refuse, ruleOnSave } from './rule-on-save.js'

/** Of a system that is switched off: everything passes. */
export const NO_RULES: StoreRules = {
  loaded: () => true,
  saving: async (_key, { marker }) => ({ store: true, marker }),
  saved: () => true,
  touching: async () => true,
  destroying: async () => {},
}

const UNDECIDED = 'usersessions: could not decide on a session, so its store does'

/** The state machine of the guarded store: each branch is a row of the table in ARCHITECTURE.md. */
export function createStoreRules(parts: Parts): StoreRules {
  const { judge, config, refusals } = parts
  /** A fault of ours is no outage of the app's: with a server-side store, the store decides. */
  async function orOnFault<Result>(fallback: Result, decide: () => Promise<Result>): Promise<Result> {
    try {
      return await decide()
    } catch (error) {
      config.logger.error(UNDECIDED, forLog(error))
      return fallback
    }
  }

  return {
    loaded: (key, claim) => ruleOnLoadOrPass(parts, key, claim),

    async saving(key, claim, previous, request) {
      const isEnded = claim.user !== undefined && judge.isEnded(key, claim.user)
      const pass: SaveRuling = { store: true, marker: claim.marker }
      const context = request && parts.contexts.of(request)
      const ruling = await orOnFault(isEnded ? refuse(true) : pass, () =>
        ruleOnSave(parts, key, claim, previous, context),
      )
      if (ruling.store) return ruling
      if (context?.isSpared) return pass
      return refusals.refuse(judge.endingOf(key)?.reason ?? 'purged') ? ruling : pass
    },

    saved: (key, { user }) => user === undefined || !judge.isEnded(key, user) || config.mode !== 'enforce',

    touching: (key, claim) =>
      orOnFault(true, async () => {
        if (claim.user === undefined) return true
        const judgement = await judge.judge(key, claim.user, claim.marker)
        return endingIn(judgement) === undefined || config.mode !== 'enforce'
      }),

    destroying: (key, previous, how) => orOnFault(undefined, () => endDestroyed(parts, key, previous, how)),
  }
}

function ruleOnLoadOrPass(parts: Parts, key: string, claim: Claim | undefined): boolean | Promise<boolean> {
  const pass = (error: unknown) => {
    parts.config.logger.error(UNDECIDED, forLog(error))
    return true
  }
  try {
    const good = ruleOnLoad(parts, key, claim)
    return good instanceof Promise ? good.catch(pass) : good
  } catch (error) {
    return pass(error)
  }
}

/** Synchronous for a session met before. */
function ruleOnLoad(parts: Parts, key: string, claim: Claim | undefined): boolean | Promise<boolean> {
  const { contexts, judge } = parts
  const context = contexts.loading()
  // The end destroyed it in the store already: only memory still knows why.
  if (!claim && context) context.refused = judge.endingOf(key)
  if (claim?.user === undefined) return true
  const judgement = judge.judge(key, claim.user, claim.marker)
  if (judgement instanceof Promise) return judgement.then((judged) => ruleOnJudged(parts, key, judged, context))
  return ruleOnJudged(parts, key, judgement, context)
}

function ruleOnJudged(
  { contexts, refusals }: Parts,
  key: string,
  judgement: Judgement,
  context: RequestContext | undefined,
): boolean {
  if (context && judgement.state === 'unseen') context.unseenKey = key
  if (context && judgement.state === 'live') contexts.hold(context, heldAs(judgement))
  const ending = endingIn(judgement)
  if (!ending) return true
  const refused = refusals.refuse(ending.reason)
  if (context && refused) context.refused = ending
  if (context && !refused) context.isSpared = true
  return !refused
}

/** A logout, or the first half of a re-key; the app's listeners hear of it only when no second half follows. */
async function endDestroyed(
  parts: Parts,
  key: string,
  previous: () => Promise<Claim | undefined>,
  how: HowDestroyed = { reason: 'app', by: null },
): Promise<void> {
  const context = parts.contexts.holding(key)
  if (context?.held && context.isLoading) return endExpired(parts, context.held, context)
  if (context?.held) return endByDestroy(parts, context.held, context)
  const held = await heldBefore(parts, key, previous)
  if (held) await endSessions(parts, held.user, underKey(parts, held), how)
}

function underKey({ keys }: Parts, { id, key }: Held): Which {
  return { ids: [id], underKeys: [keys.hash(key)] }
}

/** A library that destroys what it is loading has found it expired: no logout, and nothing to carry on. */
async function endExpired(parts: Parts, held: Held, context: RequestContext): Promise<void> {
  parts.contexts.hold(context, undefined)
  await endSessions(parts, held.user, underKey(parts, held), { reason: 'expired', by: null, request: context.request })
}

function endingIn(judgement: Judgement): Ending | undefined {
  if (judgement.state === 'ended') return judgement.ending
  return judgement.state === 'elsewhere' ? { reason: 'rekeyed', by: null, at: 0 } : undefined
}
