import { scryptSync, timingSafeEqual } from 'node:crypto'
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import Koa from 'koa'
import mount from 'koa-mount'
import session from 'koa-session'
import { createUserSessions, safeNext } from 'usersessions'
import { forKoa } from 'usersessions/koa'
import { memoryStore } from './store.js'

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
  const us = forKoa(sessions, { user: (data) => data.userId, loginUrl: '/login', logoutUrl: '/logout' })

  const app = new Koa()
  app.keys = [secret]
  const options = { store: memoryStore(), maxAge: 30 * 86_400_000, secure: isSecure, sameSite: 'lax' }
  app.use(us.session(session, options, app))
  app.use(mount('/accounts', us.page()))
  app.use(mount('/api/auth', us.api()))
  app.use(bodyParser())
  app.use(accounts().routes())
  return { app, sessions }
}

function accounts() {
  const router = new Router()

  router.get('/', (ctx) => {
    const { user } = ctx.userSessions
    if (user === undefined) return ctx.redirect('/login')
    page(ctx, `<p>Signed in as ${user}. <a href="/accounts/sessions/">Your sessions</a></p>`)
  })

  router.get('/login', async (ctx) => {
    const ended = await ctx.userSessions.tellEnded()
    const next = safeNext(ctx.query.next, '/')
    page(
      ctx,
      `${ended && ended.reason !== 'user' ? '<p role="status">You were signed out.</p>' : ''}
<form method="post">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<label>Name <input name="user" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`,
    )
  })

  router.post('/login', async (ctx) => {
    const { user, password, next } = ctx.request.body
    const hash = USERS.get(user)
    if (!hash || !timingSafeEqual(hash, scryptSync(String(password), SALT, 32))) {
      ctx.status = 401
      return page(ctx, '<p role="alert">That is no name and password of ours.</p>')
    }
    // Set before: koa-session saves with the new key, and would not save the same data again.
    ctx.session = { userId: user }
    await ctx.session.regenerate()
    seeOther(ctx, safeNext(next, '/'))
  })

  router.post('/logout', (ctx) => {
    ctx.session = null
    seeOther(ctx, '/login')
  })

  return router
}

function seeOther(ctx, path) {
  ctx.redirect(path)
  ctx.status = 303
}

function page(ctx, body) {
  ctx.type = 'html'
  ctx.body = `<!doctype html><html lang="en"><title>Example</title>${body}`
}

function escapeHtml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
