import { forLog } from '../errors.js'
import type { ClientChange, Ending, Logger, SessionData, UserSession } from '../session.js'

/**
 * The request types of the bindings an app imports. Each binding adds its own by declaration merging, so that an
 * event's `request` has the framework's type.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by the bindings through declaration merging
export interface FrameworkRequests {}

/** The framework's own request; `unknown` when no binding is imported. */
export type FrameworkRequest = keyof FrameworkRequests extends never
  ? unknown
  : FrameworkRequests[keyof FrameworkRequests]

/** What each event carries. */
export interface UserSessionsEvents<User = string, Data extends SessionData = SessionData> {
  /** A session was recorded: a sign-in, or (`adopted`) one that was there before this package was. */
  sessionStarted: {
    readonly user: User
    readonly session: UserSession<User, Data>
    readonly adopted: boolean
    readonly request: FrameworkRequest | undefined
  }
  /** A session really ended. After commit, once per session, on the node that ended it. */
  sessionEnded: {
    readonly user: User
    readonly session: UserSession<User, Data>
    readonly ending: Ending
    readonly request: FrameworkRequest | undefined
  }
  /**
   * A session is used from another client than before. Once per change over all nodes. Only with `trackActivity`
   * (django-allauth's `session_client_changed`, parity row 12).
   */
  clientChanged: {
    readonly user: User
    /** The session as it was. */
    readonly from: UserSession<User, Data>
    /** The session as it is now. */
    readonly to: UserSession<User, Data>
    readonly change: ClientChange
    readonly request: FrameworkRequest
  }
  /**
   * What `sessions.cascade` registered under this name failed for a session as often as this process tries. The session stays
   * ended, and the handler is called again about every minute until it succeeds.
   */
  cascadeFailed: {
    readonly user: User
    readonly session: UserSession<User, Data>
    readonly ending: Ending
    readonly name: string
    readonly error: unknown
  }
}

/** The name of an event. */
export type EventName = keyof UserSessionsEvents

/** Every {@link EventName}. */
export const EVENT_NAMES: readonly EventName[] = ['sessionStarted', 'sessionEnded', 'clientChanged', 'cascadeFailed']

/** May be async: a rejection is logged, and nobody waits for it. */
export type Listener<Payload> = (payload: Payload) => unknown

/** Tells listeners what happened. A listener that throws or hangs harms neither the request nor the other listeners. */
export class Events<User, Data extends SessionData> {
  readonly #listeners: { [Name in EventName]: Set<Listener<UserSessionsEvents<User, Data>[Name]>> } = {
    sessionStarted: new Set(),
    sessionEnded: new Set(),
    clientChanged: new Set(),
    cascadeFailed: new Set(),
  }

  constructor(private readonly logger: Logger) {}

  /**
   * @returns a function that removes the listener
   * @throws TypeError when there is no such event
   */
  on<Name extends EventName>(name: Name, listener: Listener<UserSessionsEvents<User, Data>[Name]>): () => void {
    if (!EVENT_NAMES.includes(name)) {
      throw new TypeError(`There is no event '${String(name)}'. Events are: ${EVENT_NAMES.join(', ')}.`)
    }
    if (typeof listener !== 'function') throw new TypeError(`The listener for '${name}' must be a function.`)
    const listeners: Set<Listener<UserSessionsEvents<User, Data>[Name]>> = this.#listeners[name]
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  emit<Name extends EventName>(name: Name, payload: UserSessionsEvents<User, Data>[Name]): void {
    const failed = (error: unknown) => this.logger.error(`usersessions: a listener for '${name}' failed`, forLog(error))
    for (const listener of this.#listeners[name]) {
      try {
        Promise.resolve(listener(payload)).catch(failed)
      } catch (error) {
        failed(error)
      }
    }
  }
}
