import type { AuthJsAdapter, AuthJsSession } from '../../src/engine/auth-js.js'

/** A user as the tests' adapter has it. */
export interface AdapterUser {
  readonly id: string
  readonly email: string
}

/** What of an adapter a sign-in by mail uses. The pages' examples are checked against the real types. */
export interface Adapter extends Required<Omit<AuthJsAdapter, 'deleteUser'>> {
  createUser(user: { readonly email: string }): Promise<AdapterUser>
  getUser(id: string): Promise<AdapterUser | null>
  getUserByEmail(email: string): Promise<AdapterUser | null>
  getUserByAccount(): Promise<null>
  updateUser(user: AdapterUser): Promise<AdapterUser>
  linkAccount(account: object): Promise<object>
  createVerificationToken(token: { readonly token: string }): Promise<object>
  useVerificationToken(token: { readonly token: string }): Promise<object | null>
  getSessionAndUser(token: string): Promise<{ session: AuthJsSession; user: AdapterUser } | null>
}

export interface AuthConfig {
  readonly adapter: Adapter
  readonly session: { readonly updateAge?: number; readonly strategy?: 'database' | 'jwt' }
  readonly [option: string]: unknown
}

interface AuthCore {
  Auth(request: Request, config: AuthConfig): Promise<Response>
  readonly skipCSRFCheck: symbol
}

// Not by a literal: its declarations bring the DOM's, and with those the rest of the program would be checked against a browser.
const NAME: string = '@auth/core'
const core: AuthCore = await import(NAME)

export const { Auth, skipCSRFCheck } = core
