import { getIronSession } from 'iron-session'
import { cookies, headers } from 'next/headers'
import { after } from 'next/server'
import { createUserSessions } from 'usersessions'
import { forNext } from 'usersessions/next'

const { SESSIONS_SECRET, STORAGE = 'memory:', COOKIE_SECURE } = process.env
if (!SESSIONS_SECRET) throw new Error('Set SESSIONS_SECRET: 32 random bytes.')

/** Next bundles pages and routes apart: one process has one system all the same. */
globalThis.userSessions ??= createUserSessions({
  storage: STORAGE,
  secret: SESSIONS_SECRET,
  trackActivity: true,
  // One proxy in front, as everybody has who runs Next: without it clients could write X-Forwarded-For themselves.
  trustedProxies: 1,
})
const sessions = await globalThis.userSessions

export const us = forNext(sessions, {
  headers,
  after,
  session: async () =>
    getIronSession(await cookies(), {
      password: SESSIONS_SECRET,
      cookieName: 'session',
      cookieOptions: { secure: COOKIE_SECURE === 'true' },
    }),
  user: (data) => data.userId,
})
