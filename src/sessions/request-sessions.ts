import { checkNames, checkWhole } from '../checks.js'
import { UserSessionsError } from '../errors.js'
import type { Ending, EndReason, ListedSession, SessionData, SessionPatch, UserSession } from '../session.js'
import type { Which } from '../storage/storage.js'
import { checkCarries, refused } from './check-sign-in.js'
import type { RequestContext } from './context.js'
import { endChosen } from './end-chosen.js'
import { issueSession } from './issue-session.js'
import { endSignal, onSessionEnd } from './on-session-end.js'
import { present } from './present.js'
import type { RequestEngine } from './request-engine.js'
import { ruleOnSave } from './rule-on-save.js'
import { type Turned, type TurnRequest, turnRefresh } from './turn-refresh.js'
import { type HandleParts, type HistoryQuery, UserHandle } from './user-handle.js'
import { userKey } from './user-key.js'

/** The sessions of the request's own user, seen from the request. Made by a binding's `of(request)`. */
export class RequestSessions<User = string, Data extends SessionData = SessionData> {
  readonly #shared: HandleParts<User, Data>
  readonly #context: RequestContext
  readonly #engine: RequestEngine

  /** @internal */
  constructor(shared: HandleParts<User, Data>, context: RequestContext, engine: RequestEngine) {
    this.#shared = shared
    this.#context = context
    this.#engine = engine
  }

  /** The request's signed-in session; undefined when nobody is signed in, or not any more: a slow request may outlive it. */
  get current(): { readonly id: string; readonly user: User } | undefined {
    const { held } = this.#context
    if (!held || this.#userId === undefined) return undefined
    return { id: held.id, user: this.#shared.presenter.toUser(held.user) }
  }

  /** The request's user, whether the session has its record yet or not; undefined when nobody is signed in. */
  get user(): User | undefined {
    const user = this.#userId
    return user === undefined ? undefined : this.#shared.presenter.toUser(user)
  }

  /** Why the session this request came with was refused; undefined when it was not. */
  get ended(): Ending | undefined {
    return this.#context.refused
  }

  /**
   * Why the session this request came with was refused, to be told once, on the login page: the dead session's cookie
   * is cleared with it. Undefined when there is nothing to tell.
   */
  async tellEnded(): Promise<Ending | undefined> {
    if (this.ended) await this.#engine.forget()
    return this.ended
  }

  /**
   * Aborts when the request's session ends, on any process: hand it to what the response waits for. Its `reason` is a
   * {@link SessionEndedError}. It is let go with the response; for what outlives that, a socket, use {@link onEnd}. Of nobody's
   * request, it never aborts.
   */
  get signal(): AbortSignal {
    return endSignal(this.#shared.parts, this.#context)
  }

  /**
   * Calls the listener once, when the request's session ends, on any process; at the earliest after this has returned. It goes on
   * after the response: stop it when what it is for has closed, or it stays until the session ends.
   *
   * @returns a function that stops listening
   */
  onEnd(listener: (ending: Ending) => void): () => void {
    return onSessionEnd(this.#shared.parts, this.#context, listener)
  }

  /** As {@link UserHandle.list}; the current one comes first and is marked `isCurrent`. */
  async list(): Promise<ListedSession<User, Data>[]> {
    if (this.#userId === undefined) return []
    const current = this.#context.held?.id
    const listed = (await this.#handle().list()).map((one) => Object.assign(one, { isCurrent: one.id === current }))
    return listed.sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent))
  }

  /** As {@link UserHandle.history}. */
  async history(options: HistoryQuery = {}): Promise<UserSession<User, Data>[]> {
    return this.#userId === undefined ? [] : this.#handle().history(options)
  }

  /** One of the user's own sessions; undefined when it is not theirs. */
  async get(id: string): Promise<UserSession<User, Data> | undefined> {
    return this.#userId === undefined ? undefined : this.#handle().get(id)
  }

  /**
   * Ends some of the user's own sessions, through the adapter. With the current one among them the request's session
   * is signed out, too, and its cookie cleared.
   *
   * @returns the sessions really ended
   */
  async end(ids: readonly string[]): Promise<UserSession<User, Data>[]> {
    if (!Array.isArray(ids)) throw new TypeError('end takes an array of session ids.')
    const current = this.#currentToEnd()
    if (!current) return []
    const others = ids.map(String).filter((id) => id !== current.id)
    const ended = others.length === 0 ? [] : await this.#end({ ids: others }, 'other-session')
    if (others.length === ids.length) return ended
    const self = await this.#end({ ids: [current.id] }, 'user')
    await this.signOut()
    return [...ended, ...self]
  }

  /** Ends all of the user's sessions but this one, through the adapter; returns the ones really ended. */
  async endOthers(): Promise<UserSession<User, Data>[]> {
    const current = this.#currentToEnd()
    return current ? this.#end({ except: [current.id] }, 'other-session') : []
  }

  /** Changes the name or data of one of the user's own sessions. False when there is no such live session. */
  async update(id: string, patch: SessionPatch<Data>): Promise<boolean> {
    return this.#userId === undefined ? false : this.#handle().update(id, patch)
  }

  /** Ends the current session as the app's own logout would, and clears its cookie. */
  async signOut(): Promise<void> {
    const isDone = await this.#engine.signOut()
    // Still there where the session is not this library's, but the other kind's of an app with two.
    const { current } = this
    if (isDone && !current) return
    if (current) await this.#end({ ids: [current.id] }, 'user')
    this.#shared.parts.contexts.hold(this.#context, undefined)
    this.#context.came = undefined
    if (!isDone) await this.#engine.forget()
  }

  /**
   * Records the sign-in now instead of when the session is saved, with the app's own metadata. Call it once the
   * session carries the user (parity row 2).
   *
   * @throws UserSessionsError `not_signed_in` when there is no session to record, `session_refused` when the user is
   * blocked or the session has ended, `data_invalid`, `data_too_large`
   * @throws TypeError when the session does not carry this user
   */
  async recordSignIn(user: User, options: { readonly data?: Data } = {}): Promise<UserSession<User, Data>> {
    checkNames(options, ['data'], 'recordSignIn')
    const { data } = options
    const context = this.#context
    const session = this.#engine.current()
    if (!session) {
      throw new UserSessionsError(
        'not_signed_in',
        'recordSignIn needs a session: call it after the session middleware.',
      )
    }
    checkCarries(session, userKey(user))
    const before = context.held?.id ?? context.destroyed?.id
    context.signInData = data
    const claim = { user: userKey(user), marker: undefined, lifetime: session.lifetime }
    const ruling = await ruleOnSave(this.#shared.parts, session.key, claim, async () => undefined, context)
    if (!ruling.store || ruling.marker === undefined || !context.held) throw refused()
    this.#engine.mark(ruling.marker)
    const { id } = context.held
    if (id === before) await this.#handle().authenticated(id, data)
    const recorded = await this.get(id)
    if (!recorded) throw refused()
    return recorded
  }

  /**
   * Signs a user in with a session that the client itself carries: makes a key and its record. Put the key into the
   * token (a JWT's `sid`) or the sealed cookie; it is a credential, and is not shown again.
   *
   * @param lifetime how long the record lives unless {@link renew} moves that, milliseconds. Default is `maxLifetime`
   * @throws UserSessionsError `session_refused` when the user is blocked, or the session that the request came with was ended
   * meanwhile; `storage_unavailable`, and then nobody is signed in; `option_invalid` for a lifetime that is no whole number of at least 1
   */
  async issue(
    user: User,
    options: { readonly lifetime?: number; readonly data?: Data } = {},
  ): Promise<{ readonly key: string; readonly session: UserSession<User, Data> }> {
    const { parts, presenter } = this.#shared
    const { key, record } = await issueSession(parts, this.#context, userKey(user), options)
    this.#engine.carry(key)
    return { key, session: present(presenter, record) }
  }

  /**
   * Moves the end of the current session's record, as a refresh token that slides would: the record stays the same. It never
   * moves it back: a lifetime that ends before the record does changes nothing.
   *
   * @param lifetime from now, milliseconds
   * @returns false when there is no live session
   * @throws UserSessionsError `option_invalid` for a lifetime that is no whole number of at least 1
   */
  async renew(options: { readonly lifetime: number }): Promise<boolean> {
    checkNames(options, ['lifetime'], 'renew')
    const { lifetime } = options
    checkWhole('lifetime', lifetime, 1)
    const { parts } = this.#shared
    const { current } = this
    if (!current) return false
    const at = parts.config.clock()
    const touch = { userId: userKey(current.user), id: current.id, lastSeenAt: at, expiresAt: at + lifetime }
    const untouched = await parts.storage.touch([touch])
    parts.judge.forget(current.id, userKey(current.user))
    return untouched.length === 0
  }

  /** @internal For `usersessions/refresh-tokens`. */
  turn(request: TurnRequest): Promise<Turned> {
    return turnRefresh(this.#shared, this.#context, request)
  }

  /** Signed in without a record, as after a fault of storage, nothing can be ended, and that must not look like success. */
  #currentToEnd(): { readonly id: string; readonly user: User } | undefined {
    if (this.#userId !== undefined && !this.current) {
      throw new UserSessionsError(
        'storage_unavailable',
        'This session has no record yet, so none can be ended from it. Try again.',
      )
    }
    return this.current
  }

  /** Nobody, once the session has ended: what a slow request still asks for is not its user's any more. */
  get #userId(): string | undefined {
    const { held, user } = this.#context
    return held && this.#shared.parts.judge.isEnded(held.key, held.user) ? undefined : user
  }

  #handle(): UserHandle<User, Data> {
    return new UserHandle(this.#shared, userKey(this.#context.user))
  }

  async #end(which: Which, reason: EndReason): Promise<UserSession<User, Data>[]> {
    const { held, request } = this.#context
    return held && this.#userId !== undefined
      ? endChosen(this.#shared, held.user, which, { reason, by: held.user, request })
      : []
  }
}
