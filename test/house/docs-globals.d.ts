// Names that the examples in README.md and docs/ use without saying where they come from. Only test/house/docs.test.ts reads
// this file; tsconfig.json leaves it out, so that no other file can lean on these names.

declare const secret: string
declare const app: import('express').Express
declare const session: typeof import('express-session')
declare const store: import('express-session').Store
declare const koaStore: NonNullable<import('koa-session').CreateSessionOptions['store']>
declare const sessions: import('usersessions').UserSessions
declare const us: import('usersessions/express').ForExpress<string, import('usersessions').SessionData>
declare const server: import('node:http').Server
declare const passport: {
  initialize(): import('express').RequestHandler
  session(): import('express').RequestHandler
  authenticate(strategy: string, options?: object): import('express').RequestHandler
}
/** Of the app's own accounts. */
declare const accounts: {
  check(email: string, password: string): Promise<{ id: string } | undefined>
  email(id: string): Promise<string | undefined>
  setPassword(id: string, password: string): Promise<void>
  isAdmin(id: string | undefined): Promise<boolean>
}
/** Sends a mail in the app's own way. */
declare function sendMail(to: string, subject: string, text: string): Promise<void>
declare const request: import('express').Request
declare const userId: string
declare const id: string
declare const ids: string[]
declare const adapter: import('@auth/core/adapters').Adapter
declare const providers: import('@auth/core/providers').Provider[]
/** docs/next.md's `us`, in the files beside the one that makes it. */
declare const forNextUs: import('usersessions/next').ForNext<
  string,
  import('usersessions').SessionData,
  { userId?: string; save(): Promise<void>; destroy(): void }
>
/**
 * As bundlers find it, and not Node. `cookies` is told by its shape: under `exactOptionalPropertyTypes`, which is on here and in
 * few apps, Next's own type does not fit iron-session's.
 */
declare module 'next/headers' {
  export { headers } from 'next/headers.js'
  export function cookies(): Promise<{
    get(name: string): { name: string; value: string } | undefined
    set: { (name: string, value: string, cookie?: object): void; (options: object): void }
  }>
}
declare module 'next/server' {
  export { after } from 'next/server.js'
}
