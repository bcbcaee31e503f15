import { cookieSessionData, type UserIdInData } from './cookie-session-data.js'
import type { CurrentSession, RecordsEngine } from './engine.js'

/** Where the key lies in the sealed data. */
const KEY = 'userSessionKey'

/** What iron-session opens, as far as this package needs it. */
export interface IronSessionLike {
  /** Removes the data and the cookie. */
  destroy(): void
}

/** Options of {@link IronSessionEngine}. */
export interface IronSessionEngineOptions<Data extends object> {
  /** Reads the signed-in user's id from the session's data; undefined when nobody is signed in. */
  readonly user: (data: Data) => UserIdInData
}

/** A request's opened session, and what its data said when it came. */
interface Opened<Data extends object> {
  readonly session: Data
  readonly clear: () => void
}

/**
 * Knows iron-session 8: the data lies in a sealed cookie alone, so that our records are the authority. The key from `issue`
 * is kept in the data, as `userSessionKey`.
 */
export class IronSessionEngine<Request extends object, Data extends object> implements RecordsEngine<Request> {
  readonly name = 'iron-session'
  readonly authority = 'records'
  /** Hangs on the request: a WeakMap of requests costs garbage collection. */
  readonly #onRequest = Symbol('usersessions iron-session')
  readonly #userOf: (data: Data) => string | undefined
  readonly #opened = new WeakSet<object>()

  /** @param binding the name of the function that apps call, for messages */
  constructor({ user }: IronSessionEngineOptions<Data>, binding = 'forIronSession') {
    const { claim } = cookieSessionData(user, binding)
    this.#userOf = (data) => claim(data).user
  }

  /**
   * The app has opened the request's session.
   *
   * @param clear removes the cookie, where that can still be done
   */
  hold(request: Request, session: Data, clear: () => void): void {
    const opened: Opened<Data> = { session, clear }
    this.#opened.add(opened)
    Reflect.defineProperty(request, this.#onRequest, { value: opened, configurable: true })
  }

  /** The request's opened session; undefined before it is opened. */
  sessionOf(request: Request): Data | undefined {
    return this.#of(request)?.session
  }

  current(request: Request): CurrentSession | undefined {
    const session = this.sessionOf(request)
    const user = session && this.#userOf(session)
    if (!session || user === undefined) return undefined
    const key: unknown = Reflect.get(session, KEY)
    // A user without a key has never been issued one: no record will be found, and the visit is refused.
    return { key: typeof key === 'string' ? key : '', user, marker: undefined, lifetime: 0 }
  }

  carry(request: Request, key: string): void {
    const session = this.sessionOf(request)
    if (session) Reflect.set(session, KEY, key)
  }

  /** What the app reads is emptied: a save seals nobody's session. */
  async detach(request: Request): Promise<'anonymous'> {
    const session = this.sessionOf(request) ?? {}
    for (const name of Object.keys(session)) Reflect.deleteProperty(session, name)
    return 'anonymous'
  }

  async forget(request: Request): Promise<void> {
    this.#of(request)?.clear()
  }

  #of(request: Request): Opened<Data> | undefined {
    const opened: unknown = Reflect.get(request, this.#onRequest)
    return this.#isOpened(opened) ? opened : undefined
  }

  #isOpened(opened: unknown): opened is Opened<Data> {
    return typeof opened === 'object' && opened !== null && this.#opened.has(opened)
  }
}
