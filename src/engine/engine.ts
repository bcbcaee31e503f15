import type { EndReason } from '../session.js'

/** Why and on whose word a key is destroyed, where its library tells. */
export interface HowDestroyed {
  readonly reason: EndReason
  readonly by: string | null
}

/** What a session library's data says: whose it is, and the marker we left in it. */
export interface Claim {
  readonly user: string | undefined
  readonly marker: string | undefined
  /** How long it lives from now if nothing more happens, milliseconds; undefined when the library does not say. */
  readonly lifetime: number | undefined
}

/** The session a request came with, as its library holds it now. */
export interface CurrentSession extends Claim {
  /** The library's handle. Secret. */
  readonly key: string
}

/**
 * What the guarded store is told to do with a save: store it with this marker (or none), or refuse it, and destroy the
 * key again if it is the ended session's own.
 */
export type SaveRuling =
  | { readonly store: true; readonly marker: string | undefined }
  | { readonly store: false; readonly destroy: boolean }

/**
 * What decides, for the guarded store, over each thing it sees. The table is in ARCHITECTURE.md.
 * Every method may be called outside a request, too. `request` is the framework's, of which the saved data is the session;
 * undefined when it is not the session of any.
 */
export interface StoreRules {
  /**
   * A key was loaded; without a claim the store has nothing under it. False: it is ended, so it loads as nothing. No promise when
   * memory can tell: this is on every request.
   */
  loaded(key: string, claim: Claim | undefined): boolean | Promise<boolean>
  /** A key is about to be saved. `previous` reads what the store holds now, for saves outside any request. */
  saving(
    key: string,
    claim: Claim,
    previous: () => Promise<Claim | undefined>,
    request: object | undefined,
  ): Promise<SaveRuling>
  /** The save is done. False: the session was ended meanwhile, so the key must be destroyed again. */
  saved(key: string, claim: Claim): boolean
  /** A key is about to be touched. False: it is ended, destroy it instead. */
  touching(key: string, claim: Claim): Promise<boolean>
  /** A key is about to be destroyed. `how` is for what is no logout of the request that holds it; default is by the app. */
  destroying(key: string, previous: () => Promise<Claim | undefined>, how?: HowDestroyed): Promise<void>
}

/** What any engine does, for sessions of whatever kind. */
interface Engine<Request> {
  /** For logs. */
  readonly name: string
  /** The request's session; undefined when it has none. Never creates one. */
  current(request: Request): CurrentSession | undefined
  /** The session turned out ended: the request goes on as nobody's, or the binding must answer 401. */
  detach(request: Request): Promise<'anonymous' | 'must-answer'>
  /** Clears the cookie of a session that is no more. */
  forget(request: Request): Promise<void>
}

/**
 * What knows one session library with a server-side store, which vouches for its sessions.
 *
 * @typeParam Request the framework's request
 * @typeParam Store the library's store
 */
export interface StoreEngine<Request, Store = unknown> extends Engine<Request> {
  readonly authority: 'store'
  /** Wraps the library's store so that an ended session can neither be loaded nor come back. */
  guard(store: Store, rules: StoreRules): Store
  /** Writes the marker into the session's data; the library saves it. */
  mark(request: Request, marker: string): void
  /**
   * Which of these keys the store still has. Throws when it cannot know: unknown is never "gone". A single key that cannot be
   * read counts as one that it has.
   */
  existing(keys: readonly string[]): Promise<ReadonlySet<string>>
  /** Destroys keys in the inner store. Idempotent; throws an AggregateError after having tried all. */
  destroy(keys: readonly string[]): Promise<void>
  /** The user's own logout: destroys the session and clears the cookie. */
  signOut(request: Request): Promise<void>
}

/**
 * What knows sessions that the client alone carries (a JWT, a sealed cookie): our records are the list of what is
 * allowed, and where they cannot be reached nobody else can tell.
 *
 * @typeParam Request the framework's request
 */
export interface RecordsEngine<Request> extends Engine<Request> {
  readonly authority: 'records'
  /** Puts an issued key into what the client will carry; saving that is the app's. Without it the app does both. */
  carry?(request: Request, key: string): void
}

/** What knows one kind of session. */
export type SessionEngine<Request, Store = unknown> = StoreEngine<Request, Store> | RecordsEngine<Request>
