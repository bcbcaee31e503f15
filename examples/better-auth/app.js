import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node'
import express from 'express'
import { SqliteDialect } from 'kysely'
import Database from 'libsql'
import { createUserSessions, safeNext } from 'usersessions'
import { userSessions } from 'usersessions/better-auth'

/**
 * An app on Better Auth, with usersessions put in place.
 *
 * @param {{ secret: string, storage: string, isSecure: boolean, database?: string }} options
 */
export async function createApp({ secret, storage, isSecure, database = ':memory:' }) {
  const sessions = await createUserSessions({ storage, secret, trackActivity: true })
  const us = userSessions(sessions, { loginUrl: '/login', logoutUrl: '/logout' })

  const auth = betterAuth({
    database: { dialect: new SqliteDialect({ database: new Database(database) }), type: 'sqlite' },
    secret,
    baseURL: { allowedHosts: ['127.0.0.1:*', 'localhost:*'], protocol: isSecure ? 'https' : 'http' },
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: true } },
    plugins: [us],
  })
  await (await getMigrations(auth.options)).runMigrations()

  const app = express()
  // Better Auth reads addresses from headers alone. Behind a proxy of yours leave this out: the proxy writes it.
  app.use((request, _response, next) => {
    request.headers['x-forwarded-for'] = request.socket.remoteAddress
    next()
  })
  app.all('/accounts/sessions', toNodeHandler(us.page()))
  app.all('/api/auth/sessions', toNodeHandler(us.api()))
  app.all('/api/auth/*splat', toNodeHandler(auth))
  addAccounts(app, auth, us)
  return { app, close: () => sessions.close() }
}

function addAccounts(app, auth, us) {
  app.get('/', async (request, response) => {
    const { user } = await us.of(request)
    if (user === undefined) return response.redirect('/login')
    response.send(page('<p>Signed in. <a href="/accounts/sessions/">Your sessions</a></p>'))
  })

  app.get('/login', async (request, response) => {
    const next = escapeHtml(safeNext(request.query.next, '/'))
    response.send(
      page(`<form method="post">
<input type="hidden" name="next" value="${next}">
<label>E-mail <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button> <button formaction="/sign-up">Sign up</button>
</form>`),
    )
  })

  const form = express.urlencoded({ extended: false })
  app.post(['/login', '/sign-up'], form, async (request, response) => {
    const { email, password, next } = request.body
    const headers = fromNodeHeaders(request.headers)
    const call = { body: { email, password, name: String(email) }, headers, asResponse: true }
    const answer = request.path === '/login' ? await auth.api.signInEmail(call) : await auth.api.signUpEmail(call)
    if (!answer.ok) return response.status(401).send(page('<p role="alert">That did not work.</p>'))
    response.append('Set-Cookie', answer.headers.getSetCookie())
    response.redirect(303, safeNext(next, '/'))
  })

  app.post('/logout', async (request, response) => {
    const answer = await auth.api.signOut({ headers: fromNodeHeaders(request.headers), asResponse: true })
    response.append('Set-Cookie', answer.headers.getSetCookie())
    response.redirect(303, '/login')
  })
}

function page(body) {
  return `<!doctype html><html lang="en"><title>Example</title>${body}`
}

function escapeHtml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
