import type { ListedSession, SessionPatch, UserSession } from '../session.js'

/** What the page and the API need of the request's user; a binding supplies it. Everything is scoped to that user. */
export interface WebSessions {
  /** The signed-in session of this request; only its handle, the rest is in the list. */
  readonly current: { readonly id: string } | undefined
  /** The request's user; undefined when nobody is signed in. */
  readonly user: unknown
  list(): Promise<ListedSession<unknown>[]>
  /** The user's ended sessions since then, latest end first; at most `limit` records are read. */
  history(query: { readonly since: Date; readonly limit: number }): Promise<UserSession<unknown>[]>
  /** Ends these sessions of the user; returns the ones really ended. Ids that are not theirs are ignored. */
  end(ids: readonly string[]): Promise<UserSession<unknown>[]>
  endOthers(): Promise<UserSession<unknown>[]>
  /** Changes a session of the user; false when there is no such live session. */
  update(id: string, patch: SessionPatch): Promise<boolean>
  /** Ends the current session in the app's own way and clears its cookie. */
  signOut(): Promise<void>
}

/** What the admin page needs; over all users. */
export interface WebAdmin {
  search(query: { text?: string; limit: number; after?: string }): Promise<UserSession<unknown>[]>
  /** Ends these sessions, whoever they belong to; returns the ones really ended. */
  end(sessions: readonly { user: string; id: string }[]): Promise<UserSession<unknown>[]>
}

/** Fixed for a mount. */
export interface WebOptions {
  /** Where the app signs people in; gets `?next=`. */
  readonly loginUrl: string
  /** Where the app's own logout takes a POST; without it the page signs out by itself. */
  readonly logoutUrl: string | undefined
  /** Whether last seen is worth showing. */
  readonly trackActivity: boolean
  /** What a signed-out API client can do next; in the 401 body. */
  readonly flows: readonly { readonly id: string }[]
  /** Origins besides the app's own that may send changes, `https://host[:port]`. */
  readonly trustedOrigins: readonly string[]
  readonly now: () => number
}

/** One request to a mounted handler. */
export interface WebCall {
  readonly request: Request
  /** The prefix it is mounted under, without a trailing slash: `/accounts`. */
  readonly base: string
  /** The path below the prefix, beginning with a slash: `/sessions/`. */
  readonly path: string
  /** How a page calls itself, where the framework decides on the slash at the end. Default is `base` and `/sessions/`. */
  readonly self?: string
  readonly sessions: WebSessions
}
