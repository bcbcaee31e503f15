import { checkNames } from '../checks.js'
import type { EndReason, ListedSession, SessionData, SessionPatch, UserSession } from '../session.js'
import type { RecordPatch } from '../storage/storage.js'
import type { DefaultUserSessionsAdapter } from './adapter.js'
import { checkEndRequest, checkHistoryQuery } from './check-requests.js'
import { endChosen } from './end-chosen.js'
import { endSessions } from './end-sessions.js'
import { listSessions } from './list-sessions.js'
import type { Parts } from './parts.js'
import { type Presenter, present } from './present.js'
import { serializeData } from './session-data.js'
import { updateData } from './update-data.js'
import { userKey } from './user-key.js'
import { verifyWatched } from './watch-session.js'

const NAME_LENGTH = 100

/** Why and on whose word the app ends sessions. */
export interface EndRequest {
  /** Default is `app`. */
  readonly reason?: EndReason
  /** Default is null. */
  readonly by?: string | null
}

/** Which ended sessions. */
export interface HistoryQuery {
  readonly since?: Date
  readonly limit?: number
}

/** What the handles share. */
export interface HandleParts<User, Data extends SessionData> {
  readonly parts: Parts
  readonly presenter: Presenter<User, Data>
  readonly adapter: DefaultUserSessionsAdapter
}

/** All sessions of one user. Nothing in it reaches another user's. Made by `sessions.user(id)`. */
export class UserHandle<User = string, Data extends SessionData = SessionData> {
  readonly #shared: HandleParts<User, Data>
  readonly #user: string

  /** @internal */
  constructor(shared: HandleParts<User, Data>, user: string) {
    this.#shared = shared
    this.#user = user
  }

  /**
   * Live sessions, latest seen first. One query and one bulk existence check in the app's store, whatever their number;
   * what the store no longer has is left out and ended (django-allauth's `purge_and_list`, parity row 6).
   */
  async list(): Promise<ListedSession<User, Data>[]> {
    const records = await listSessions(this.#shared.parts, this.#user)
    // Not spread: a copy of each would take longer than all else that is made of it.
    return records.map((record) => Object.assign(present(this.#shared.presenter, record), { isCurrent: false }))
  }

  /** The same as {@link list}, under the name people know from django-allauth. */
  purgeAndList(): Promise<ListedSession<User, Data>[]> {
    return this.list()
  }

  /**
   * Ended sessions, latest end first, with reason and by whom; as far back as records are kept, or since `since`. With
   * `limit`, at most so many of the latest records are read; the tombstones of old keys among them are left out.
   */
  async history(query: HistoryQuery = {}): Promise<UserSession<User, Data>[]> {
    checkHistoryQuery(query)
    const { since, limit } = query
    const { parts, presenter } = this.#shared
    const endedSince = since?.getTime() ?? 0
    const ended = await parts.storage.list(this.#user, limit === undefined ? { endedSince } : { endedSince, limit })
    // The tombstone of an old key is no session of its own.
    return ended.filter(({ endReason }) => endReason !== 'rekeyed').map((record) => present(presenter, record))
  }

  /** One session of this user, live or ended; undefined when there is none with this id. */
  async get(id: string): Promise<UserSession<User, Data> | undefined> {
    const record = await this.#shared.parts.storage.get(this.#user, String(id))
    return record && present(this.#shared.presenter, record)
  }

  /**
   * Ends some of this user's live sessions, through the adapter. Ids that are not theirs are ignored. When it resolves,
   * the end is durable: a request that begins later is refused.
   *
   * @returns the sessions really ended
   * @throws UserSessionsError `storage_unavailable`, and then nothing is promised
   */
  async end(ids: readonly string[], request: EndRequest = {}): Promise<UserSession<User, Data>[]> {
    if (!Array.isArray(ids)) throw new TypeError('end takes an array of session ids.')
    const { reason, by } = checkEndRequest(request, 'end')
    return endChosen(this.#shared, this.#user, { ids: ids.map(String) }, { reason, by })
  }

  /** Ends all of this user's sessions in one statement. The adapter is not asked. */
  async endAll(request: EndRequest = {}): Promise<UserSession<User, Data>[]> {
    const { reason, by } = checkEndRequest(request, 'endAll')
    const ended = await endSessions(this.#shared.parts, this.#user, 'all', { reason, by })
    return ended.map((record) => present(this.#shared.presenter, record))
  }

  /**
   * Changes a live session's name or data. False when there is no such live session.
   *
   * @throws UserSessionsError `option_unknown`, `data_invalid`, `data_too_large`
   */
  async update(id: string, patch: SessionPatch<Data>): Promise<boolean> {
    checkNames(patch, ['name', 'data'], 'update')
    return updateData(this.#shared.parts.storage, this.#user, String(id), recordPatch(patch))
  }

  /** @internal The session's user has just signed in again. */
  async authenticated(id: string, data: Data | undefined): Promise<void> {
    const { storage, config } = this.#shared.parts
    const patch = recordPatch(data === undefined ? {} : { data })
    await updateData(storage, this.#user, id, { ...patch, authenticatedAt: config.clock() })
  }

  /** Ends all sessions and refuses new ones until {@link unblock} (OWASP ASVS 5.0 7.4.2). */
  async block(request: { readonly by?: string | null } = {}): Promise<UserSession<User, Data>[]> {
    checkNames(request, ['by'], 'block')
    const { by } = checkEndRequest(request, 'block')
    await this.#shared.parts.storage.block(this.#user, true)
    return this.endAll({ reason: 'blocked', by })
  }

  unblock(): Promise<void> {
    return this.#shared.parts.storage.block(this.#user, false)
  }

  isBlocked(): Promise<boolean> {
    return this.#shared.parts.storage.isBlocked(this.#user)
  }

  /**
   * The user's id changes: gives their records to the new one. Change the id in the current session's own data, too;
   * a session whose data still names the old id is refused from then on.
   *
   * @returns how many records moved
   */
  async moveTo(user: User): Promise<number> {
    const { storage, judge } = this.#shared.parts
    const moved = await storage.moveUser(this.#user, userKey(user))
    judge.forgetUsers(new Set([this.#user]))
    await verifyWatched(this.#shared.parts, new Set([this.#user]))
    return moved
  }

  /** Ends all sessions, then deletes everything kept on this user. Returns how many records there were. */
  async erase(): Promise<number> {
    const { storage, judge } = this.#shared.parts
    await this.endAll({ reason: 'app' })
    const count = await storage.erase(this.#user)
    // A sign-in in between has lost its record, too.
    judge.forgetUsers(new Set([this.#user]))
    await verifyWatched(this.#shared.parts, new Set([this.#user]))
    return count
  }

  /** Everything kept on this user, as plain JSON-ready objects: live sessions, then ended ones. Carries no key. */
  async export(): Promise<UserSession<User, Data>[]> {
    const { parts, presenter } = this.#shared
    const live = await parts.storage.list(this.#user)
    return [...live.map((record) => present(presenter, record)), ...(await this.history())]
  }
}

function recordPatch({ name, data }: SessionPatch): RecordPatch {
  if (name !== undefined && name !== null && typeof name !== 'string') throw new TypeError('name must be text or null.')
  return {
    ...(name === undefined ? {} : { name: name === null ? null : [...name].slice(0, NAME_LENGTH).join('') }),
    ...(data === undefined ? {} : { data: serializeData(data) }),
  }
}
