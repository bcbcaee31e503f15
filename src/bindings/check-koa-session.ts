import type Koa from 'koa'
import type { Context } from 'koa'
import type { CreateSessionOptions } from 'koa-session'

/**
 * Checks what `us.session` of Koa is given.
 *
 * @returns the external store
 * @throws TypeError without one: a session that lies in its cookie has no key, so nothing could be ended
 */
export function checkKoaSession(
  factory: unknown,
  options: CreateSessionOptions,
  app: Koa,
): NonNullable<CreateSessionOptions['store']> {
  if (typeof factory !== 'function' || typeof options !== 'object' || options === null) {
    throw new TypeError('us.session takes koa-session itself first: `app.use(us.session(session, { store, … }, app))`.')
  }
  if (typeof app?.use !== 'function' || !app.context) {
    throw new TypeError('us.session takes the app last, as koa-session does: `us.session(session, { store, … }, app)`.')
  }
  if ('session' in app.context) {
    throw new TypeError(
      'This app has koa-session already, on a store that is not guarded: put `us.session(session, { store, … }, app)` in its place.',
    )
  }
  const { store, ContextStore } = options
  if (ContextStore) {
    throw new TypeError(
      '`ContextStore` cannot be guarded: it is made for a request, and sessions are ended without one. Give `store`, an object whose methods get the context as `{ ctx }` in their last argument.',
    )
  }
  if (store) return store
  throw new TypeError(
    'Without a `store` koa-session keeps the whole session in its cookie, which has no key that could be ended. Give it an external store, { get, set, destroy }: docs/koa.md has one for Redis.',
  )
}

/**
 * Checks what only a request shows.
 *
 * @throws TypeError for a request of another app, and for signed cookies without keys
 */
export function checkKoaContext(ctx: Context, app: Koa, needsKeys: boolean): void {
  if (ctx.app !== app) {
    throw new TypeError(
      'us.session was given another app than the one that serves. A mounted app shares the session of the one that it is mounted on: give `us.session` that one, and use it there.',
    )
  }
  const keys: unknown = Reflect.get(ctx.cookies, 'keys')
  if (needsKeys && !keys) {
    throw new TypeError(
      "koa-session signs its cookie, and the app has no keys. Set them first: `app.keys = ['a secret']`.",
    )
  }
}
