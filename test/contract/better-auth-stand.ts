import type { BetterAuthOptions } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import type { Browser } from '../spec/browser.js'
import { type AuthStand, Steps } from './auth-interleavings.js'
import { betterAuthApp, tables } from './better-auth-app.js'

const JSON_BODY = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }

/** What requests do to a session of Better Auth's. With `updateAge: 0` each that looks it up writes it, too. */
export const REQUESTS = {
  looks: (browser: Browser) => browser.get('/api/auth/get-session'),
  lists: (browser: Browser) => browser.get('/api/auth/list-sessions'),
  updates: (browser: Browser) =>
    browser.request('/api/auth/update-session', { ...JSON_BODY, body: JSON.stringify({ note: 'x' }) }),
  'updates its user': (browser: Browser) =>
    browser.request('/api/auth/update-user', { ...JSON_BODY, body: JSON.stringify({ name: 'ada' }) }),
  'signs out': (browser: Browser) => browser.request('/api/auth/sign-out', JSON_BODY),
} satisfies AuthStand['requests']

/** A secondary storage in memory; values that run out are kept. */
class SteppedStorage {
  readonly values = new Map<string, string>()
  constructor(readonly steps: Steps) {}
  get = (key: string) => this.steps.around(async () => this.values.get(key) ?? null)
  set = (key: string, value: string) => this.steps.around(async () => void this.values.set(key, value))
  delete = (key: string) => this.steps.around(async () => void this.values.delete(key))
  getAndDelete = async (key: string) => {
    const value = await this.get(key)
    await this.delete(key)
    return value
  }
  increment = async (key: string) => {
    const count = Number(this.values.get(key) ?? 0) + 1
    this.values.set(key, String(count))
    return count
  }
}

/** Better Auth on a database or a secondary storage that stops at every step. */
export function betterAuthStand(
  session: NonNullable<BetterAuthOptions['session']> = {},
  isSecondary = false,
  names: readonly string[] = Object.keys(REQUESTS),
): AuthStand {
  const steps = new Steps()
  const db = tables()
  const storage = new SteppedStorage(steps)
  const options: Partial<BetterAuthOptions> = {
    database: (of: BetterAuthOptions) => steps.through(memoryAdapter(db)(of)),
    session: { updateAge: 0, additionalFields: { note: { type: 'string', required: false } }, ...session },
    ...(isSecondary ? { secondaryStorage: storage } : {}),
  }
  const isToken = (key: string) => !key.startsWith('active-sessions-') && !key.startsWith('revoked-')
  return {
    start: betterAuthApp(options),
    steps,
    requests: Object.fromEntries(Object.entries(REQUESTS).filter(([name]) => names.includes(name))),
    tokens: () => [...db.session.map(({ token }) => token), ...[...storage.values.keys()].filter(isToken)],
    drop() {
      db.session.length = 0
      for (const key of storage.values.keys()) if (isToken(key)) storage.values.delete(key)
    },
  }
}
