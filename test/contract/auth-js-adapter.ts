import type { AuthJsSession } from '../../src/engine/auth-js.js'
import type { Adapter, AdapterUser } from './auth-core.js'
import { Steps } from './auth-interleavings.js'

/** What an adapter of the tests keeps. */
export class AuthJsTables {
  readonly users = new Map<string, AdapterUser>()
  readonly sessions = new Map<string, AuthJsSession>()
  readonly tokens = new Map<string, object>()
}

/**
 * An adapter in memory that reads and writes in two steps, as those on key-value stores do. The id of a user is what stands before
 * the `@` of their address.
 */
export function authJsAdapter(kept = new AuthJsTables(), steps = new Steps()): Adapter {
  const { users, sessions, tokens } = kept
  const put = (session: AuthJsSession) => {
    sessions.set(session.sessionToken, session)
    return session
  }
  return {
    createSession: (session) => steps.around(async () => put(session)),
    getSessionAndUser: (token) =>
      steps.around(async () => {
        const session = sessions.get(token)
        const user = users.get(session?.userId ?? '')
        return session && user ? { session, user } : null
      }),
    async updateSession(changes) {
      const before = await steps.around(async () => sessions.get(changes.sessionToken))
      return before ? steps.around(async () => put({ ...before, ...changes })) : null
    },
    deleteSession: (token) => steps.around(async () => void sessions.delete(token)),
    async createUser(user) {
      const made = { ...user, id: user.email.split('@')[0] ?? '' }
      users.set(made.id, made)
      return made
    },
    getUser: async (id) => users.get(id) ?? null,
    getUserByEmail: async (email) => [...users.values()].find((one) => one.email === email) ?? null,
    getUserByAccount: async () => null,
    updateUser: async (user) => {
      const made = { ...users.get(user.id), ...user }
      users.set(user.id, made)
      return made
    },
    linkAccount: async (account) => account,
    async createVerificationToken(made) {
      tokens.set(made.token, made)
      return made
    },
    async useVerificationToken({ token }) {
      const found = tokens.get(token) ?? null
      tokens.delete(token)
      return found
    },
  }
}
