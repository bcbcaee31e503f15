import type { DataAccess } from './guarded-store.js'
import { sessionClaim, type UserIdInData } from './session-claim.js'

export type { UserIdInData } from './session-claim.js'

/** Session data as express-session has shaped it, and @fastify/session after it. */
export interface CookieSessionData {
  readonly cookie?: { readonly originalMaxAge?: number | null | undefined } | undefined
}

/**
 * Reads and marks session data that carries its cookie, as express-session's and @fastify/session's does.
 *
 * @param user the binding's `user` option
 * @param binding its name, for the message about a `user` that returns no id
 */
export function cookieSessionData<Data extends CookieSessionData>(
  user: (data: Data) => UserIdInData,
  binding: string,
): Pick<DataAccess<Data>, 'claim' | 'mark'> {
  return sessionClaim(user, binding, ({ cookie }) => cookie?.originalMaxAge)
}
