import { randomBytes } from 'node:crypto'
import { EVERYONE, STORAGE_ID } from './activity/changes.js'
import type { RefusalCounts } from './activity/refusals.js'
import type { RevocationLagFigures } from './activity/revocation-lag.js'
import { Binding, type BindingOptions } from './binding.js'
import { checkNames } from './checks.js'
import type { SessionEngine } from './engine/engine.js'
import { forLog } from './errors.js'
import type { EventName, Listener, UserSessionsEvents } from './events/events.js'
import type { DataOption, UserIdOption, UserSessionsOptions } from './options.js'
import type { Logger, SessionData, UserSession } from './session.js'
import type { CascadeHandler } from './sessions/cascade/handlers.js'
import { checkEndRequest, checkSearch } from './sessions/check-requests.js'
import { present } from './sessions/present.js'
import { purgeRecords } from './sessions/purge-records.js'
import { type ReconcileOptions, reconcileAll } from './sessions/reconcile-all.js'
import { type Resealed, type ResealOptions, resealAll } from './sessions/reseal-all.js'
import { type EndRequest, UserHandle } from './sessions/user-handle.js'
import { userKey } from './sessions/user-key.js'
import type { SearchQuery } from './storage/storage.js'
import { type Wired, wire } from './wire.js'

/** What concerns all users. */
export interface Everyone<User, Data extends SessionData> {
  /** Signs everyone out, whatever their number, in one write. Sessions that begin later are not touched. */
  end(request?: EndRequest): Promise<void>
  /**
   * Call it once after the storage was restored from a backup: sessions that are newer than the backup have markers of
   * records that are gone, and would pass for ended ones. Gives the storage a new id, so that they are adopted instead.
   */
  restored(): Promise<void>
  /**
   * Ends the sessions of all users that the app's store no longer has, as a list does for one. Needs the store: bound by
   * the middleware, or handed over with `forExpress(…).guard(store)`. Returns how many; throws `store_unavailable` when the store cannot say.
   */
  reconcile(options?: ReconcileOptions): Promise<number>
  /** Deletes records past their retention, in chunks. Returns how many (parity row 14). */
  purge(options?: { readonly onProgress?: (purged: number) => void; readonly dryRun?: boolean }): Promise<number>
  /**
   * After the secret was rotated (`secret: [fresh, old]` in every process): seals the keys of all live sessions with the first
   * secret, so that the others can be dropped. In chunks, beside running processes, and again after a crash: it only does what is
   * left.
   */
  reseal(options?: ResealOptions): Promise<Resealed>
  /**
   * Sessions over all users, newest first: by user id, or by the beginning of an IP address (parity row 17).
   *
   * @param query what to find; `limit` is 50 by default, and `after` takes the id of the last one of the page before
   */
  search(query?: Partial<SearchQuery>): Promise<UserSession<User, Data>[]>
}

/**
 * The system: every session of every user, and the one place to end them. Made by {@link createUserSessions}.
 *
 * @typeParam User the app's user id type
 * @typeParam Data the app's metadata on a session
 */
export class UserSessions<User = string, Data extends SessionData = SessionData> {
  readonly #wired: Wired<User, Data>
  /** Everyone's sessions at once. */
  readonly everyone: Everyone<User, Data>

  /** @internal */
  constructor(wired: Wired<User, Data>) {
    this.#wired = wired
    const { parts, presenter } = wired.shared
    const { changes } = parts
    this.everyone = {
      async end(request = {}) {
        // Of two in a row the second reaches further, whatever this process's clock says.
        const at = Math.max(parts.config.clock(), (changes.everyone?.at ?? 0) + 1)
        const ending = { ...checkEndRequest(request, 'everyone.end'), at }
        await parts.storage.meta(EVERYONE, { value: JSON.stringify(ending) })
        changes.endedEveryone(ending)
      },
      async restored() {
        const id = randomBytes(16).toString('hex')
        await parts.storage.meta(STORAGE_ID, { value: id })
        changes.renamedStorage(id)
      },
      async reconcile(options = {}) {
        checkNames(options, ['onProgress', 'dryRun'], 'reconcile')
        return reconcileAll(parts, options)
      },
      async purge(options = {}) {
        checkNames(options, ['onProgress', 'dryRun'], 'purge')
        const { onProgress, dryRun = false } = options
        const { storage, config } = parts
        return dryRun ? storage.countPurgeable(config.clock() - config.retention) : purgeRecords(parts, { onProgress })
      },
      async reseal(options = {}) {
        checkNames(options, ['onProgress'], 'reseal')
        return resealAll(parts, options)
      },
      async search(query = {}) {
        return (await parts.storage.search(checkSearch(query))).map((record) => present(presenter, record))
      },
    }
  }

  /**
   * Listens to an event; a listener that throws or hangs harms nobody else.
   *
   * @returns a function that stops listening
   * @throws TypeError when there is no such event
   */
  on<Name extends EventName>(name: Name, listener: Listener<UserSessionsEvents<User, Data>[Name]>): () => void {
    return this.#wired.events.on(name, listener)
  }

  /**
   * Registers what hangs on a session, a refresh token for example: the handler is called for every session that ends on
   * this process, and again until it succeeds, by whatever process. `end` waits for it, but for two seconds at most. Register
   * the same in each process. `everyone.end` calls none.
   *
   * @param name tells it from the others, in logs and `cascadeFailed`
   * @param handler must be idempotent
   * @returns a function that unregisters it
   * @throws TypeError for a name that is empty or taken, or a handler that is no function
   */
  cascade(name: string, handler: CascadeHandler<User, Data>): () => void {
    return this.#wired.cascade.register(name, handler)
  }

  /** How often this process refused a session since it began, by reason; with `mode: 'observe'`, how often it would have. */
  get refusals(): RefusalCounts {
    return this.#wired.shared.parts.refusals.counts
  }

  /** How many sockets, streams and signals wait in this process to hear of an end. */
  get watching(): number {
    return this.#wired.shared.parts.watches.size
  }

  /** How long ends that other processes made took to be known here, milliseconds. */
  get revocationLag(): RevocationLagFigures {
    return this.#wired.shared.parts.lag.figures
  }

  /**
   * All sessions of one user.
   *
   * @throws TypeError for a missing or empty user id
   */
  user(user: User): UserHandle<User, Data> {
    return new UserHandle(this.#wired.shared, userKey(user))
  }

  /**
   * Joins a framework and a session library; for writers of bindings. Apps use `forExpress` and the like.
   *
   * @param howTo what an app writes to run the binding, for the error of one that did not: `` `app.use(us.session())` ``
   */
  bind<Request extends object, Store>(
    engine: SessionEngine<Request, Store>,
    options: BindingOptions = {},
    howTo = '`us.session(…)`',
  ): Binding<Request, Store, User, Data> {
    return new Binding(this.#wired.binding, engine, options, howTo)
  }

  /**
   * Writes the activity gathered in memory now, does over what a cascade has left undone for a minute, and waits for work that
   * no request waits for.
   */
  async flush(): Promise<void> {
    this.#wired.cascade.sweep()
    await this.#write()
  }

  async #write(): Promise<void> {
    await this.#wired.settled()
    await this.#wired.shared.parts.tracker.flush()
  }

  /**
   * Writes what is in memory, stops timers, sends waiting mails and closes the storage. Call it last, once no request comes
   * any more: `process.on('SIGTERM', () => server.close(() => sessions.close()))`.
   */
  async close(): Promise<void> {
    await this.#wired.close(async () => {
      await this.#wired.cascade.close()
      await this.#write()
    })
  }
}

type Typed<User, Data extends SessionData> = UserSessionsOptions<User> & UserIdOption<User> & DataOption<Data>

/**
 * Opens the storage and starts the system.
 *
 * @throws UserSessionsError `secret_missing`, `secret_too_short`, `option_unknown`, `option_invalid`,
 * `storage_driver_missing`, `storage_url_unknown`, `storage_schema_missing`, `storage_schema_old`, `peer_missing`, …: each
 * says how to mend it
 */
export function createUserSessions<User, Data extends SessionData>(
  options: Typed<User, Data>,
): Promise<UserSessions<User, Data>>
export function createUserSessions<User>(
  options: UserSessionsOptions<User> & UserIdOption<User>,
): Promise<UserSessions<User>>
export function createUserSessions<Data extends SessionData>(
  options: UserSessionsOptions & DataOption<Data>,
): Promise<UserSessions<string, Data>>
export function createUserSessions(options: UserSessionsOptions): Promise<UserSessions>
export async function createUserSessions(
  // biome-ignore lint/suspicious/noExplicitAny: callers only see the overloads above, which tie `userId` to the rest
  options: UserSessionsOptions<any> & Partial<UserIdOption<unknown> & DataOption<SessionData>>,
): Promise<unknown> {
  const {
    userId = (stored: string) => stored,
    data = (stored: SessionData) => stored,
    logger = console,
  } = options ?? {}
  // One record that they cannot read must neither hide the others nor keep a session from being ended.
  const toUser = orStored<string, unknown>(userId, 'userId', logger)
  const toData = orStored<SessionData, SessionData>(data, 'data', logger)
  return new UserSessions(await wire(options, toUser, toData))
}

function orStored<Stored extends Read, Read>(
  read: (stored: Stored) => Read,
  option: string,
  logger: Logger,
): (stored: Stored) => Read {
  return (stored) => {
    try {
      return read(stored)
    } catch (error) {
      logger.error(`usersessions: the '${option}' option threw; what is stored is passed on as it is`, forLog(error))
      return stored
    }
  }
}
