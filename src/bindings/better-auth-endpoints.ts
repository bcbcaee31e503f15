import { APIError, createAuthEndpoint } from 'better-auth/api'
import { deleteSessionCookie } from 'better-auth/cookies'
import type { RequestSessions, SessionData } from '../index.js'
import type { AuthHandlers } from './auth-handlers.js'

/** Which of their own sessions a user ends. */
export interface Chosen {
  readonly sessions: readonly string[]
}

/** A Standard Schema (standardschema.dev), which Better Auth's router takes. */
const CHOSEN = {
  '~standard': {
    version: 1,
    vendor: 'usersessions',
    validate(value: unknown) {
      const sessions: unknown = typeof value === 'object' && value !== null && 'sessions' in value && value.sessions
      if (Array.isArray(sessions) && sessions.length <= 1000 && sessions.every((id) => typeof id === 'string')) {
        return { value: { sessions } }
      }
      return { issues: [{ message: '`sessions` must be an array of at most 1000 session ids.' }] }
    },
    types: undefined as { input: Chosen; output: Chosen } | undefined,
  },
} as const

/** The plug-in's endpoints: `auth.api.listUserSessions` and its like, and `/user-sessions/…` below Better Auth's path. */
export function betterAuthEndpoints<User, Data extends SessionData>({ of }: Pick<AuthHandlers<User, Data>, 'of'>) {
  async function mine(headers: Headers | undefined): Promise<RequestSessions<User, Data>> {
    const own = headers && (await of(headers))
    if (own?.user === undefined) throw new APIError('UNAUTHORIZED', { message: 'Not signed in.', code: 'UNAUTHORIZED' })
    return own
  }
  return {
    /** All of the user's live sessions, the current one first. */
    listUserSessions: createAuthEndpoint(
      '/user-sessions/list',
      { method: 'GET', requireHeaders: true },
      async (context) => context.json(await (await mine(context.headers)).list()),
    ),
    /** Ends some of the user's own sessions by their ids; returns the ones really ended. */
    endUserSessions: createAuthEndpoint(
      '/user-sessions/end',
      { method: 'POST', requireHeaders: true, body: CHOSEN },
      async (context) => {
        const own = await mine(context.headers)
        const ended = await own.end(context.body.sessions)
        if (own.user === undefined) deleteSessionCookie(context)
        return context.json(ended)
      },
    ),
    /** Ends all of the user's sessions but this one. */
    endOtherUserSessions: createAuthEndpoint(
      '/user-sessions/end-others',
      { method: 'POST', requireHeaders: true },
      async (context) => context.json(await (await mine(context.headers)).endOthers()),
    ),
  }
}
