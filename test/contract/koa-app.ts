import { once } from 'node:events'
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import { MemoryStore, type Store } from 'express-session'
import Koa, { type Context } from 'koa'
import mount from 'koa-mount'
import koaSession from 'koa-session'
import { forKoa } from '../../src/bindings/koa.js'
import { asks } from '../../src/engine/callback-store.js'
import type { KoaSessionStore } from '../../src/engine/koa-session.js'
import { type ContractSession, SECRET, type StartBinding } from './contract-app.js'
import { listening } from './listening.js'

declare module '../../src/bindings/koa.js' {
  interface SessionFields {
    userId?: string
    count?: number
  }
}

const KOA_STORES = new WeakMap<Store, KoaSessionStore<{ userId?: string }>>()

/** A store of express-session as koa-session wants one; the same one each time. */
export function koaStore(store: Store): KoaSessionStore<{ userId?: string }> {
  const known = KOA_STORES.get(store) ?? {
    get: (key) => asks(store, 'get', key),
    set: async (key, data) => void (await asks(store, 'set', key, data)),
    destroy: async (key) => void (await asks(store, 'destroy', key)),
  }
  KOA_STORES.set(store, known)
  return known
}

/** The contract's app on Koa 3 and koa-session, with koa-mount and a router. */
export const startKoa: StartBinding = async ({ sessions, binding, layer, store, ...setup }) => {
  const us = forKoa(sessions, { user: (data) => data.userId, ...binding })
  const app = new Koa()
  app.silent = true
  app.keys = [SECRET]
  const held = koaStore(store ?? new MemoryStore())
  app.use(us.session(koaSession, { store: held, signed: false, rolling: layer.rolling ?? false }, app))
  if (setup.parsesBodies) app.use(bodyParser())
  app.use(mount('/accounts', us.page()))
  app.use(mount('/api/auth', us.api()))
  app.use(mount('/admin', us.admin({ allow: (ctx) => setup.allow(ctx.get('x-admin') || undefined) })))
  const router = new Router()
  router.all(['/t/:tenant/sessions', '/t/:tenant/sessions/'], us.page())
  if (!setup.parsesBodies) router.use(bodyParser())
  for (const { method, path, handle } of setup.routes) {
    router[method](path, async (ctx) => {
      const answer = await handle({
        session: sessionOf(ctx),
        sessions: ctx.userSessions,
        url: ctx.url,
        body: ctx.request.body,
        gone: async () => void (await once(ctx.res, 'close')),
      })
      if (answer.location) ctx.set('Location', answer.location)
      ctx.body = answer.json ?? {}
      ctx.status = answer.status ?? 200
    })
  }
  app.use(router.routes())
  return listening(app.listen(0, '127.0.0.1'))
}

function sessionOf(ctx: Context): ContractSession {
  return {
    read: (name) => ctx.session?.[name],
    write: (name, value) => {
      ctx.session[name] = value
    },
    save: () => ctx.session.save(),
    async regenerate(keep = false) {
      if (!keep) ctx.session = {}
      await ctx.session.regenerate()
    },
    // It goes from the store with the answer.
    async destroy() {
      ctx.session = null
    },
  }
}
