import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { type SqliteDatabase, SqliteDialect } from 'kysely'
import Database from 'libsql'
import { type BetterAuthOptions as PluginOptions, userSessions } from '../../src/bindings/better-auth.js'
import { createUserSessions, type UserSessionsOptions } from '../../src/index.js'
import { ACCOUNTS } from '../contract/better-auth-app.js'
import { SECRET } from '../contract/contract-app.js'
import { WebClient } from './better-auth-client.js'

const PASSWORD = 'a password of the tests'

export interface AuthAppOptions {
  readonly sessions?: Partial<UserSessionsOptions>
  readonly auth?: Partial<BetterAuthOptions>
  readonly plugin?: PluginOptions
  /** Default is a fresh one in memory. */
  readonly database?: SqliteDatabase
}

/** Better Auth on SQLite, with the plug-in. */
export async function openAuthApp({ database = memory(), ...options }: AuthAppOptions = {}) {
  const sessions = await createUserSessions({ storage: 'memory:', secret: SECRET, ...options.sessions })
  const us = userSessions(sessions, options.plugin)
  const auth = betterAuth({
    ...ACCOUNTS,
    ...options.auth,
    database: { dialect: new SqliteDialect({ database }), type: 'sqlite' },
    plugins: [us, ...(options.auth?.plugins ?? [])],
  })
  await (await getMigrations(auth.options)).runMigrations()
  const client = (own: Record<string, string> = {}) => new WebClient(auth.handler, own)
  async function signIn(name: string, own: Record<string, string> = {}): Promise<WebClient> {
    const one = client(own)
    const body = { name, email: `${name}@example.com`, password: PASSWORD }
    if ((await one.send('/api/auth/sign-in/email', body)).status === 401) {
      await one.send('/api/auth/sign-up/email', body)
    }
    return one
  }
  return {
    sessions,
    us,
    auth,
    database,
    client,
    signIn,
    /** The user of whoever asks; undefined for nobody. */
    async userOf(one: WebClient): Promise<unknown> {
      const found: unknown = await one.json('/api/auth/get-session')
      return Reflect.get(Object(Reflect.get(Object(found), 'user')), 'id')
    },
    rows: () => database.prepare('select token from session').all([]),
    [Symbol.asyncDispose]: () => sessions.close(),
  }
}

function memory(): SqliteDatabase {
  return new Database(':memory:')
}
