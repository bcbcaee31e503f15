import { scryptSync, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { streamSSE } from 'hono/streaming'
import { MemoryStore, sessionMiddleware } from 'hono-sessions'
import { createUserSessions, safeNext } from 'usersessions'
import { forHono } from 'usersessions/hono'

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
  const us = forHono(sessions, { user: (data) => data.userId, loginUrl: '/login', logoutUrl: '/logout' })

  const app = new Hono()
  app.use(
    us.session(sessionMiddleware, {
      // In production one of your own: getSessionById, createSession, persistSessionData, deleteSession.
      store: new MemoryStore(),
      encryptionKey: secret,
      expireAfterSeconds: 30 * 86_400,
      cookieOptions: { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure, maxAge: 30 * 86_400 },
    }),
  )
  app.route('/accounts', us.page())
  app.route('/api/auth', us.api())
  addAccounts(app)
  return { app, sessions }
}

function addAccounts(app) {
  app.get('/', (c) => {
    const { user } = c.var.userSessions
    if (user === undefined) return c.redirect('/login')
    return c.html(page(html`<p>Signed in as ${user}. <a href="/accounts/sessions/">Your sessions</a></p>`))
  })

  app.get('/login', async (c) => {
    const ended = await c.var.userSessions.tellEnded()
    const told = ended && ended.reason !== 'user' ? html`<p role="status">You were signed out.</p>` : ''
    return c.html(
      page(html`${told}
<form method="post">
<input type="hidden" name="next" value="${safeNext(c.req.query('next'), '/')}">
<label>Name <input name="user" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`),
    )
  })

  app.post('/login', async (c) => {
    const { user, password, next } = await c.req.parseBody()
    const hash = USERS.get(user)
    if (!hash || !timingSafeEqual(hash, scryptSync(String(password), SALT, 32))) {
      return c.html(page(html`<p role="alert">That is no name and password of ours.</p>`), 401)
    }
    c.var.session.set('userId', user)
    c.set('session_key_rotation', true)
    return c.redirect(safeNext(next, '/'), 303)
  })

  app.post('/logout', (c) => {
    c.var.session.deleteSession()
    return c.redirect('/login', 303)
  })

  app.get('/events', (c) => {
    const { user, signal } = c.var.userSessions
    if (user === undefined) return c.body(null, 401)
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => stream.close())
      await stream.writeSSE({ event: 'hello', data: String(user) })
      if (!signal.aborted) await once(signal, 'abort')
      await stream.writeSSE({ event: 'session-ended', data: signal.reason.ending.reason })
    })
  })
}

function page(body) {
  return html`<!doctype html><html lang="en"><title>Example</title>${body}`
}
