import { once } from 'node:events'
import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node'
import express from 'express'
import { userSessions } from '../../src/bindings/better-auth.js'
import { type ContractSession, SECRET, type StartBinding } from './contract-app.js'
import { listening } from './listening.js'

const PASSWORD = 'a password of the tests'

/** What Better Auth keeps in memory, by table. */
export interface Tables {
  readonly session: { token: string; userId: string }[]
  readonly [table: string]: object[]
}

export function tables(): Tables {
  return { user: [], session: [], account: [], verification: [] }
}

/** Accounts by name, whose ids are their names: whoever signs in first is signed up. */
export const ACCOUNTS = {
  baseURL: 'http://localhost',
  secret: SECRET,
  emailAndPassword: {
    enabled: true,
    password: { hash: async (password: string) => password, verify: async () => true },
  },
  databaseHooks: {
    user: { create: { before: async (user: { name: string }) => ({ data: { ...user, id: user.name } }) } },
  },
  advanced: { disableCSRFCheck: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
} satisfies BetterAuthOptions

/** The contract's app on Express 5 and Better Auth, as far as a session without data goes: login and logout. */
export function betterAuthApp(more: Partial<BetterAuthOptions> = {}): StartBinding {
  return async ({ sessions, binding, ...setup }) => {
    const us = userSessions(sessions, binding)
    const auth = betterAuth({ database: memoryAdapter(tables()), ...ACCOUNTS, ...more, plugins: [us] })
    const app = express()
    if (setup.parsesBodies) app.use(express.urlencoded({ extended: false }), express.json())
    app.all(['/accounts/sessions', '/t/:tenant/sessions'], toNodeHandler(us.page()))
    app.all('/api/auth/sessions', toNodeHandler(us.api()))
    const allow = (request: Request) => setup.allow(request.headers.get('x-admin') ?? undefined)
    app.all('/admin/sessions', toNodeHandler(us.admin({ allow })))
    app.all('/api/auth/*splat', toNodeHandler(auth))
    for (const { method, path, handle } of setup.routes) {
      app[method](path, express.json(), async (request, response) => {
        const headers = fromNodeHeaders(request.headers)
        const answered = (given: Headers) => {
          for (const cookie of given.getSetCookie()) response.append('set-cookie', expiring(cookie))
        }
        const { session, user } = signIns(async () => {
          answered((await auth.api.signOut({ headers, returnHeaders: true })).headers)
        })
        const { url, body } = request
        const gone = async () => void (await once(response, 'close'))
        const answer = await handle({ session, sessions: await us.of(request), url, body, gone })
        if (user() !== undefined) answered(await signIn(auth, String(user()), headers))
        if (answer.location) response.location(answer.location)
        response.status(answer.status ?? 200).json(answer.json ?? {})
      })
    }
    return listening(app.listen(0, '127.0.0.1'))
  }
}

type Auth = Pick<ReturnType<typeof betterAuth<typeof ACCOUNTS>>, 'api'>

/** Signs a user in, and up before that. */
export async function signIn({ api }: Auth, name: string, headers: Headers): Promise<Headers> {
  const email = `${name}@example.com`
  const body = { email, password: PASSWORD, name }
  const known = await api.signInEmail({ body, headers, returnHeaders: true }).catch(() => undefined)
  return (known ?? (await api.signUpEmail({ body, headers, returnHeaders: true }))).headers
}

/** The tests' browser knows no `Max-Age`. */
function expiring(cookie: string): string {
  return cookie.replace(/Max-Age=0\b/, `$&; Expires=${new Date(0).toUTCString()}`)
}

/** Whom a handler has signed in. */
function signIns(signOut: () => Promise<void>): { session: ContractSession; user: () => unknown } {
  const written = new Map<string, unknown>()
  const session: ContractSession = {
    read: (name) => written.get(name),
    write: (name, value) => void written.set(name, value),
    save: async () => {},
    regenerate: async () => {},
    destroy: signOut,
  }
  return { session, user: () => written.get('userId') }
}
