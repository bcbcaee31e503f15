import { type Admission, type AdmitParts, admit } from '../activity/admit.js'
import { writeMarker } from '../activity/marker.js'
import { endingOf } from '../activity/verdicts.js'
import type { CurrentSession, SessionEngine } from '../engine/engine.js'
import { forLog, UserSessionsError } from '../errors.js'
import type { Ending } from '../session.js'
import type { Recorded } from '../storage/storage.js'
import { within } from '../within.js'
import type { RequestContext } from './context.js'
import type { Parts } from './parts.js'
import { recordSession } from './record-session.js'

/** Adopting sessions that were there before us is spread out: at most this many writes at once. */
const ADOPTIONS_AT_ONCE = 32

/** Where only our records can tell, a request waits this long for them before it is answered 503. Milliseconds. */
const PATIENCE = 2_000

/** What the admission of a request came to. `must-answer`: the session has ended and the app cannot go on without it. */
export type Admitted = 'live' | 'anonymous' | 'ended' | 'must-answer'

interface Expired {
  readonly state: 'expired'
  readonly id: string
  readonly ending: Ending
}

type SignedIn = CurrentSession & { readonly user: string }

/** Admits requests of one engine. */
export class Admissions<Request extends object, Store> {
  readonly #adopting = new Map<string, Promise<Recorded>>()

  constructor(
    private readonly parts: Parts,
    private readonly admitParts: AdmitParts,
    private readonly engine: SessionEngine<Request, Store>,
  ) {}

  /**
   * Decides on a request's session once it is loaded, and notes the visit.
   *
   * @throws UserSessionsError `storage_unavailable` when records are the only authority and cannot be reached
   */
  admit(request: Request, context: RequestContext): Admitted | Promise<Admitted> {
    const { config } = this.parts
    context.isLoading = false
    const session = this.engine.current(request)
    // The library may not have taken what it loaded: it has expired, or the app's own check says no.
    if (session?.user === undefined && context.held) this.parts.contexts.hold(context, undefined)
    if (session?.user === undefined) return context.refused ? 'ended' : 'anonymous'
    context.user = session.user
    if (config.mode === 'off') return 'live'
    const signedIn = { ...session, user: session.user }
    const { proxyWatch } = this.parts
    if (proxyWatch.isOn) proxyWatch.see(context.source, context.client.ip, signedIn.user)
    if (this.engine.authority === 'records') return this.#orUnavailable(this.#decide(signedIn, request, context))
    return this.#orVouched(signedIn, request, context)
  }

  /** A fault of ours is no outage of the app's: its store vouches for the session. */
  #orVouched(signedIn: SignedIn, request: Request, context: RequestContext): Admitted | Promise<Admitted> {
    const { contexts, config } = this.parts
    const vouched = (error: unknown): Admitted => {
      config.logger.error('usersessions: could not admit a session, so its store vouches for it', forLog(error))
      contexts.hold(context, undefined)
      context.user = signedIn.user
      return 'live'
    }
    try {
      const admission = admit(this.admitParts, signedIn, context)
      if (admission instanceof Promise || admission.state !== 'live') {
        return this.#decide(signedIn, request, context, admission).catch(vouched)
      }
      const { id, user, key } = admission.session
      contexts.hold(context, { id, user, key })
      return 'live'
    } catch (error) {
      return vouched(error)
    }
  }

  async #decide(
    session: SignedIn,
    request: Request,
    context: RequestContext,
    first = admit(this.admitParts, session, context),
  ): Promise<Admitted> {
    const { contexts, changes } = this.parts
    let admission = this.#unlessExpired(await first)
    if (admission.state === 'expired') {
      // Another process may have renewed it.
      this.parts.judge.forget(admission.id, session.user)
      admission = this.#unlessExpired(await admit(this.admitParts, session, context))
    }
    if (admission.state === 'expired') return this.#refuse(admission.ending, session, request, context)
    if (admission.state === 'unseen') return this.#adopt(session, request, context)
    if (admission.state === 'ended') return this.#refuse(admission.ending, session, request, context)
    if (this.engine.authority === 'records' && changes.isStale) throw unavailable()
    const { id, user, key } = admission.session
    contexts.hold(context, { id, user, key })
    if (this.engine.authority === 'records') context.came = context.held
    return 'live'
  }

  /** Where a store vouches for sessions, it decides when they run out; where nobody else does, the record. */
  #unlessExpired(admission: Admission): Admission | Expired {
    const now = this.parts.config.clock()
    if (this.engine.authority === 'store' || admission.state !== 'live' || admission.session.expiresAt > now) {
      return admission
    }
    const { id, expiresAt } = admission.session
    return { state: 'expired', id, ending: { reason: 'expired', by: null, at: expiresAt } }
  }

  async #refuse(ending: Ending, session: SignedIn, request: Request, context: RequestContext): Promise<Admitted> {
    const { contexts, refusals } = this.parts
    contexts.hold(context, undefined)
    if (context.isSpared || !refusals.refuse(ending.reason)) {
      context.user = session.user
      return 'live'
    }
    context.refused = ending
    return (await this.engine.detach(request)) === 'anonymous' ? 'ended' : 'must-answer'
  }

  /** Nobody told us of this session: its store vouches for it, or nobody does. */
  async #adopt(session: SignedIn, request: Request, context: RequestContext): Promise<Admitted> {
    const { parts, engine } = this
    const { user, key } = session
    const refuse = (ending: Ending) => this.#refuse(ending, session, request, context)
    const at = parts.config.clock()
    if (engine.authority === 'records') return refuse({ reason: 'purged', by: null, at })
    const { everyone } = parts.changes
    // It may be older than the moment when everyone was signed out, and has nothing to show that it is not.
    if (everyone && at - everyone.at < parts.config.maxLifetime) return refuse(everyone)
    if (this.#adopting.size >= ADOPTIONS_AT_ONCE && !this.#adopting.has(key)) {
      return (await parts.storage.isBlocked(user)) ? refuse({ reason: 'blocked', by: null, at }) : 'live'
    }
    const recorded = await this.#record(session, context)
    if (recorded.outcome === 'blocked') return refuse({ reason: 'blocked', by: null, at })
    const ending = endingOf(recorded.record)
    if (ending) return refuse(ending)
    parts.contexts.hold(context, { id: recorded.record.id, user, key })
    engine.mark(request, writeMarker(parts.changes.storageId, recorded.record.id))
    return 'live'
  }

  /** Requests that come with the same session share one write. */
  #record({ user, key, lifetime }: SignedIn, { client, request }: RequestContext): Promise<Recorded> {
    const running = this.#adopting.get(key)
    if (running) return running
    const adopted = { user, key, lifetime, client, data: undefined, adopted: true, request }
    const recorded = recordSession(this.parts, adopted).finally(() => this.#adopting.delete(key))
    this.#adopting.set(key, recorded)
    return recorded
  }

  /** A storage that hangs must not hang the app: it is answered as one that is away. */
  #orUnavailable(decision: Promise<Admitted>): Promise<Admitted> {
    return within(decision, PATIENCE, { ref: true, late: unavailable })
  }
}

function unavailable(): UserSessionsError {
  return new UserSessionsError(
    'storage_unavailable',
    'The session records cannot be reached, and nothing else can tell whether this session is still good. Answer 503.',
  )
}
