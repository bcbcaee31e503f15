import type { ListedSession, UserSession } from '../../../src/session.js'
import type { WebAdmin, WebCall, WebOptions, WebSessions } from '../../../src/web/web-context.js'

export const NOW = Date.parse('2026-11-23T15:00:00Z')
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const ORIGIN = 'https://app.example'

/** The n-th id; reads like a UUIDv7. */
export function id(n: number): string {
  return `0199a000-0000-7000-8000-${String(n).padStart(12, '0')}`
}

export function session(n: number, over: Partial<ListedSession<unknown>> = {}): ListedSession<unknown> {
  return {
    id: id(n),
    user: 'ada',
    ip: '203.0.113.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0',
    device: { label: 'Chrome on Linux', browser: 'Chrome', version: 138, os: 'Linux', kind: 'desktop' },
    place: null,
    createdAt: new Date(NOW - 3 * DAY),
    lastSeenAt: new Date(NOW - 2 * HOUR),
    authenticatedAt: new Date(NOW - 3 * DAY),
    expiresAt: new Date(NOW + 14 * DAY),
    endedAt: null,
    endReason: null,
    endedBy: null,
    name: null,
    data: {},
    isCurrent: n === 1,
    ...over,
  }
}

/** The sessions of one user in memory, and a note of what was done to them. */
export class FakeSessions implements WebSessions {
  user: unknown = 'ada'
  live: ListedSession<unknown>[]
  /** Ended ones. */
  past: UserSession<unknown>[] = []
  readonly done: string[] = []

  constructor(...live: ListedSession<unknown>[]) {
    this.live = live
  }

  get current(): ListedSession<unknown> | undefined {
    return this.live.find((one) => one.isCurrent)
  }

  async list(): Promise<ListedSession<unknown>[]> {
    return [...this.live]
  }

  async history({ since, limit }: { since: Date; limit: number }): Promise<UserSession<unknown>[]> {
    return this.past.filter(({ endedAt }) => endedAt !== null && endedAt >= since).slice(0, limit)
  }

  async end(ids: readonly string[]): Promise<UserSession<unknown>[]> {
    const ended = this.live.filter((one) => ids.includes(one.id))
    this.live = this.live.filter((one) => !ended.includes(one))
    this.done.push(...ended.map((one) => `ended ${one.id}`))
    return ended
  }

  async endOthers(): Promise<UserSession<unknown>[]> {
    return this.end(this.live.filter((one) => !one.isCurrent).map((one) => one.id))
  }

  async update(): Promise<boolean> {
    return true
  }

  async signOut(): Promise<void> {
    this.live = this.live.filter((one) => !one.isCurrent)
    this.user = undefined
    this.done.push('signed out')
  }
}

/** Everybody's sessions in memory. */
export class FakeAdmin implements WebAdmin {
  readonly asked: unknown[] = []
  readonly done: string[] = []

  constructor(public live: UserSession<unknown>[]) {}

  async search(query: { text?: string; limit: number; after?: string }): Promise<UserSession<unknown>[]> {
    this.asked.push(query)
    const from = this.live.findIndex((one) => one.id === query.after) + 1
    return this.live
      .slice(from)
      .filter((one) => query.text === undefined || one.ip === query.text || String(one.user) === query.text)
      .slice(0, query.limit)
  }

  async end(sessions: readonly { user: string; id: string }[]): Promise<UserSession<unknown>[]> {
    const ended = this.live.filter((one) => sessions.some(({ user, id }) => user === String(one.user) && id === one.id))
    this.live = this.live.filter((one) => !ended.includes(one))
    this.done.push(...ended.map((one) => `ended ${one.id} of ${one.user}`))
    return ended
  }
}

export const OPTIONS: WebOptions = {
  loginUrl: '/login',
  logoutUrl: '/logout',
  trackActivity: true,
  flows: [{ id: 'login' }],
  trustedOrigins: [],
  now: () => NOW,
}

export function request(path: string, init: RequestInit = {}): Request {
  return new Request(`${ORIGIN}${path}`, init)
}

/** A call to a handler mounted under `/accounts`. */
export function call(sessions: WebSessions, path: string, init: RequestInit = {}): WebCall {
  const [below = ''] = path.split('?')
  return { request: request(`/accounts${path}`, init), base: '/accounts', path: below, sessions }
}

/** A form as a browser of the app's own page sends it. */
export function form(fields: readonly [string, string][] = []): RequestInit {
  return {
    method: 'POST',
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', origin: ORIGIN },
  }
}

export function json(body: unknown, method = 'DELETE'): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { method, body: text, headers: { 'content-type': 'application/json' } }
}

/** For handlers that answer undefined for paths of others. */
export function answered(response: Response | undefined): Response {
  if (response === undefined) throw new Error('The handler left this request to the app.')
  return response
}
