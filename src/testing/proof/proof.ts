import type { TestClient } from '../test-client.js'

/**
 * A request that the app cannot answer at once, as `POST /cart`: half of its body is kept back. With `fields`, that is what the
 * body says; else something that means nothing.
 */
export type SlowRequest =
  | string
  | { readonly request: string; readonly fields: Readonly<Record<string, string>>; readonly json?: boolean }

/** How to try an app. At least one of `signOut`, `end` and `api` is needed. */
export interface ProofOptions {
  /** Signs the client in, through the app's own login: `(client) => client.post('/login', { … })`. */
  readonly signIn: (client: TestClient) => Promise<unknown>
  /** The path of a page that is for people who are signed in. */
  readonly protected: string
  /**
   * Requests during which the session ends. Name those that change the session. Default is to read the protected page, to
   * post to a page that is not there, and to fail at the login: whichever reads a body.
   */
  readonly slow?: SlowRequest | readonly SlowRequest[]
  /** The app's own sign-out: a path that takes a POST, or what to do. Default is none. */
  readonly signOut?: string | ((client: TestClient) => Promise<unknown>)
  /** Another way in which the app ends this client's session: `() => sessions.user('ada').endAll()`. Default is none. */
  readonly end?: (client: TestClient) => Promise<unknown>
  /** The path of `us.api()`, such as `/api/auth/sessions`: one session then ends another. Default is none. */
  readonly api?: string
  /** Whether an answer to `protected` is for somebody who is signed in. Default is by its status and redirect. */
  readonly isSignedIn?: (answer: Response) => boolean | Promise<boolean>
}

/** One thing that was tried. */
export interface ProofCheck {
  /** What was done: `Signed out (POST /logout) while POST /cart was under way`. */
  readonly title: string
  /** What the cookie was good for before, and after. */
  readonly before: string
  readonly after: string
  readonly ok: boolean
  /** Only with a slow request: whether its answer shows that it had begun signed in. Some answers are alike for everybody. */
  readonly letIn?: 'yes' | 'unknown'
}

/** What came of it all. */
export interface Proof {
  /** What `protected` answers to somebody who is signed in, and to nobody. */
  readonly signedIn: string
  readonly nobody: string
  /** Every check is. */
  readonly ok: boolean
  readonly checks: readonly ProofCheck[]
}

/** The app could not be tried this way: nothing is proven, and nothing refuted. */
export class CannotProveError extends Error {
  override readonly name = 'CannotProveError'
}
