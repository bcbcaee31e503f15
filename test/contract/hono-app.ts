import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { type Session as LoadedSession, useSession } from '@hono/session'
import session from 'express-session'
import { type Context, Hono } from 'hono'
import { MemoryStore, type Session, sessionMiddleware } from 'hono-sessions'
import { forHono } from '../../src/bindings/hono.js'
import type { HonoHandlers } from '../../src/bindings/hono-handlers.js'
import { forHonoSession } from '../../src/bindings/hono-session.js'
import { type SessionData, UserSessionsError } from '../../src/index.js'
import type { ContractAnswer, ContractSession, ContractSetup, StartBinding } from './contract-app.js'
import { SECRET } from './contract-app.js'
import { asHonoSessionsStore, asHonoStorage } from './hono-stores.js'
import { listening } from './listening.js'

type Us = HonoHandlers<string, SessionData>

/** A session as the contract's handlers use it, and what is to be done with it once they are through. */
export interface Open {
  readonly session: ContractSession
  done?(): Promise<void>
}

/** The contract's app on Hono 4 and hono-sessions. */
export const startHono: StartBinding = async ({ sessions, binding, layer, store, ...setup }) => {
  const us = forHono(sessions, { user: (data) => data.userId, ...binding })
  const app = new Hono()
  app.use(
    us.session(sessionMiddleware, {
      store: store ? asHonoSessionsStore(store) : new MemoryStore(),
      encryptionKey: SECRET,
      autoExtendExpiration: layer.rolling ?? false,
    }),
  )
  return serveContract(app, us, setup, async (c) => ({ session: honoSession(c, c.get('session')) }))
}

/** The contract's app on Hono 4 and @hono/session. */
export const startHonoSession: StartBinding = async ({ sessions, binding, store, ...setup }) => {
  const us = forHonoSession(sessions, { user: (data) => data.userId, ...binding })
  const app = new Hono()
  const storage = asHonoStorage(store ?? new session.MemoryStore())
  app.use(us.session(useSession, storage, { secret: SECRET }))
  return serveContract(app, us, setup, (c) => loadedSession(c.get('session')))
}

/** Mounts what the contract asks for, and starts it. */
export function serveContract(
  app: Hono,
  us: Us,
  setup: Pick<ContractSetup, 'parsesBodies' | 'routes' | 'allow'>,
  open: (c: Context) => Promise<Open>,
) {
  if (setup.parsesBodies) app.use(parseBody)
  app.onError((error, c) => c.text(error.message, error instanceof UserSessionsError ? 503 : 500))
  for (const mount of ['/accounts', '/t/:tenant']) app.route(mount, us.page())
  app.route('/api/auth', us.api())
  app.route('/admin', us.admin({ allow: (c) => setup.allow(c.req.header('x-admin')) }))
  for (const { method, path, handle } of setup.routes) {
    app[method](path, async (c: Context<{ Bindings: HttpBindings }>) => {
      const isJson = c.req.header('content-type')?.startsWith('application/json')
      const { session, done } = await open(c)
      const { pathname, search } = new URL(c.req.url)
      const answer = await handle({
        session,
        sessions: us.of(c),
        url: pathname + search,
        body: isJson ? await c.req.json() : undefined,
        gone: async () => void (await once(c.env.outgoing, 'close')),
      })
      await done?.()
      return answered(c, answer)
    })
  }
  return listening(createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1'))
}

async function parseBody(c: Context, next: () => Promise<void>): Promise<void> {
  const type = c.req.header('content-type') ?? ''
  if (type.includes('form')) await c.req.parseBody()
  else if (type.includes('json')) await c.req.json().catch(() => undefined)
  await next()
}

function answered(c: Context, { status = 200, location, json = {} }: ContractAnswer): Response {
  if (location) c.header('location', location)
  c.status(Object(status).valueOf())
  return c.json(Object(json))
}

/** hono-sessions makes its new key when the handlers are through, and saves then. */
function honoSession(c: Context, session: Session): ContractSession {
  return {
    read: (name) => session.get(name) ?? undefined,
    write: (name, value) => (value === undefined ? session.forget(name) : session.set(name, value)),
    save: async () => {},
    async regenerate(keep = false) {
      if (!keep) for (const name of Object.keys(session.getCache()._data)) session.forget(name)
      c.set('session_key_rotation', true)
    },
    destroy: async () => session.deleteSession(),
  }
}

/** @hono/session loads when it is asked, saves when the handlers are through, and never changes a key. */
async function loadedSession(session: LoadedSession<Record<string, unknown>>): Promise<Open> {
  let data = { ...(await session.get()) }
  let updated = Promise.resolve()
  return {
    session: {
      read: (name) => data[name],
      write(name, value) {
        data = { ...data, [name]: value }
        updated = updated.then(() => session.update(data))
        return updated
      },
      save: async () => {},
      regenerate: async () => {},
      destroy: async () => session.delete(),
    },
    done: () => updated,
  }
}
