import type { SessionStore } from '@fastify/session'
import session from 'express-session'

/** What a session of the benches holds. */
interface BenchData extends session.SessionData {
  userId?: string
}

const COOKIE = { originalMaxAge: 86_400_000, httpOnly: true, path: '/' }

/** The user of a session, told by its key alone: so every process knows every session, and none writes any. */
export function userOf(key: string): string {
  return `user of ${key.slice(0, 12)}`
}

/** A store that has every session anybody asks for, signed in; as cheap as a store can be. */
export class VouchingStore extends session.Store {
  override get(key: string, done: (error: unknown, data?: session.SessionData | null) => void): void {
    const data: BenchData = { cookie: { ...COOKIE, expires: new Date(Date.now() + 86_400_000) }, userId: userOf(key) }
    setImmediate(done, null, data)
  }

  override set(_key: string, _data: session.SessionData, done?: (error?: unknown) => void): void {
    if (done) setImmediate(done)
  }

  override destroy(_key: string, done?: (error?: unknown) => void): void {
    if (done) setImmediate(done)
  }
}

/** The same for @fastify/session. */
export const vouchingFastifyStore: SessionStore = {
  get(key, done) {
    const cookie = { originalMaxAge: COOKIE.originalMaxAge, maxAge: COOKIE.originalMaxAge, httpOnly: true, path: '/' }
    setImmediate(done, null, { cookie, userId: userOf(key) })
  },
  set: (_key, _session, done) => void setImmediate(done),
  destroy: (_key, done) => void setImmediate(done),
}
