import type { Request as ExpressRequest, RequestHandler } from 'express'
import type { SessionOptions, Store } from 'express-session'
import type { ExpressSessionEngine } from '../engine/express-session.js'
import type { Binding, SessionData } from '../index.js'

/** express-session's default export: what makes its middleware. */
export interface ExpressSessionFactory {
  (options?: SessionOptions): RequestHandler
  readonly MemoryStore: new () => Store
}

/** The app's own session middleware, on a guarded store. */
export function expressSession<User, Data extends SessionData>(
  binding: Binding<ExpressRequest, Store, User, Data>,
  engine: ExpressSessionEngine,
  factory: ExpressSessionFactory,
  options: SessionOptions,
): RequestHandler {
  if (typeof factory !== 'function' || typeof factory.MemoryStore !== 'function') {
    throw new TypeError('us.session takes express-session itself first: `us.session(session, { secret, … })`.')
  }
  const store = binding.guard(options.store ?? ownStore(engine, factory))
  engine.cookieName = options.name ?? engine.cookieName
  return factory({ ...options, store })
}

const OWN_STORES = new WeakMap<ExpressSessionEngine, Store>()

/** Mounted twice without a store, the middleware must not come to have two. */
function ownStore(engine: ExpressSessionEngine, factory: ExpressSessionFactory): Store {
  const store = OWN_STORES.get(engine) ?? new factory.MemoryStore()
  OWN_STORES.set(engine, store)
  return store
}
