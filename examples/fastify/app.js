import { scryptSync, timingSafeEqual } from 'node:crypto'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import fastifySession from '@fastify/session'
import fastify from 'fastify'
import { createUserSessions, safeNext } from 'usersessions'
import { forFastify } from 'usersessions/fastify'

const SALT = 'of the example'
/** Stands for the app's own accounts: both have the password `correct horse`. */
const USERS = new Map(['ada', 'bob'].map((name) => [name, scryptSync('correct horse', SALT, 32)]))

/**
 * An app that signs its users in by itself, with usersessions put in place.
 *
 * @param {{ secret: string, storage: string, isSecure: boolean }} options
 */
export async function createApp({ secret, storage, isSecure }) {
  const sessions = await createUserSessions({ storage, secret, trackActivity: true })
  const us = forFastify(sessions, { user: (data) => data.userId, loginUrl: '/login', logoutUrl: '/logout' })

  const app = fastify()
  await app.register(cookie)
  await app.register(formbody)
  // In production with a store of its own: connect-redis, for example.
  const options = {
    secret,
    saveUninitialized: false,
    cookie: { secure: isSecure, sameSite: 'lax', maxAge: 30 * 86_400_000 },
  }
  await app.register(us.session(fastifySession, options))
  await app.register(us.page(), { prefix: '/accounts' })
  await app.register(us.api(), { prefix: '/api/auth' })
  app.addHook('onClose', () => sessions.close())
  addAccounts(app)
  return app
}

function addAccounts(app) {
  app.get('/', async (request, reply) => {
    const { user } = request.userSessions
    if (user === undefined) return reply.redirect('/login')
    return page(reply, `<p>Signed in as ${user}. <a href="/accounts/sessions/">Your sessions</a></p>`)
  })

  app.get('/login', async (request, reply) => {
    const ended = await request.userSessions.tellEnded()
    const next = safeNext(request.query.next, '/')
    return page(
      reply,
      `${ended && ended.reason !== 'user' ? '<p role="status">You were signed out.</p>' : ''}
<form method="post">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<label>Name <input name="user" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`,
    )
  })

  app.post('/login', async (request, reply) => {
    const { user, password, next } = request.body
    const hash = USERS.get(user)
    if (!hash || !timingSafeEqual(hash, scryptSync(String(password), SALT, 32))) {
      return page(reply.code(401), '<p role="alert">That is no name and password of ours.</p>')
    }
    await request.session.regenerate()
    request.session.userId = user
    return reply.redirect(safeNext(next, '/'), 303)
  })

  app.post('/logout', async (request, reply) => {
    await request.session.destroy()
    return reply.redirect('/login', 303)
  })
}

function page(reply, body) {
  return reply.type('text/html; charset=utf-8').send(`<!doctype html><html lang="en"><title>Example</title>${body}`)
}

function escapeHtml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
