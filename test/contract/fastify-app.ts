import { once } from 'node:events'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import fastifySession from '@fastify/session'
import fastify from 'fastify'
import { forFastify } from '../../src/bindings/fastify.js'
import { callbackSession, SECRET, type StartBinding } from './contract-app.js'
import { listening } from './listening.js'

declare module 'fastify' {
  interface Session {
    userId?: string
    count?: number
  }
}

/** The contract's app on Fastify 5 and @fastify/session. */
export const startFastify: StartBinding = async ({ sessions, binding, layer, store, ...setup }) => {
  const us = forFastify(sessions, { user: (data) => data.userId, ...binding })
  const app = fastify()
  await app.register(cookie)
  const options = {
    secret: SECRET,
    saveUninitialized: false,
    cookie: { secure: false },
    rolling: layer.rolling ?? false,
  }
  // It takes express-session's stores, which its types do not know.
  await app.register(us.session(fastifySession, store ? { ...options, store: Object(store) } : options))
  if (setup.parsesBodies) await app.register(formbody)
  await app.register(us.page(), { prefix: '/accounts' })
  await app.register(us.page(), { prefix: '/t/:tenant' })
  await app.register(us.api(), { prefix: '/api/auth' })
  const allow = (admin: string | string[] | undefined) => setup.allow(admin?.toString())
  await app.register(us.admin({ allow: ({ headers }) => allow(headers['x-admin']) }), { prefix: '/admin' })
  await app.register(async (own) => {
    if (!setup.parsesBodies) await own.register(formbody)
    for (const { method, path, handle } of setup.routes) {
      own[method](path, async (request, reply) => {
        const { url, body, userSessions: mine } = request
        const gone = async () => void (await once(reply.raw, 'close'))
        const answer = await handle({
          session: callbackSession(() => request.session),
          sessions: mine,
          url,
          body,
          gone,
        })
        if (answer.location) reply.header('location', answer.location)
        return reply.code(answer.status ?? 200).send(answer.json ?? {})
      })
    }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { url, close } = await listening(app.server)
  return { url, close: async () => void (await Promise.all([app.close(), close()])) }
}
