import express from 'express'
import { createUserSessions } from 'usersessions'
import { forExpressTokens } from 'usersessions/express-tokens'
import { clearTokens, createAuth } from './auth.js'
import { escapeHtml, page } from './page.js'
import { createTokens } from './tokens.js'

/** An app whose clients carry JWTs: browsers in cookies, mobile apps as bearer tokens. And how to close it. */
export async function createApp({ secret, jwtSecret, storage, isSecure }) {
  const sessions = await createUserSessions({ storage, secret, trackActivity: true })
  const tokens = createTokens(jwtSecret)
  const us = forExpressTokens(sessions, {
    claims: (req) => req.token && { key: req.token.sid, user: req.token.user },
    clear: (req) => req.token?.cookie && clearTokens(req.res),
    loginUrl: '/auth/login',
    logoutUrl: '/auth/logout',
  })

  const app = express()
  app.disable('x-powered-by')
  app.use(readToken(tokens)) // is it well signed?
  app.use(us.session()) // does its session still live?
  app.use('/accounts', us.page()) // /accounts/sessions/
  app.use('/api/auth', us.api()) // /api/auth/sessions
  app.use('/auth', createAuth({ us, tokens, isSecure }))
  app.get('/', requireUser(us), (req, res) => {
    const user = escapeHtml(us.of(req).user)
    res.send(page(`<p>Signed in as ${user}. <a href="/accounts/sessions/">Your sessions</a></p>`))
  })
  app.get('/api/me', requireUser(us), (req, res) => res.json({ user: us.of(req).user }))
  app.use((error, _req, res, next) => {
    if (res.headersSent) return next(error)
    if (!error.status) console.error(error)
    const isAway = error.code === 'storage_unavailable' || error.code === 'storage_busy'
    res.status(isAway ? 503 : (error.status ?? 500)).json({ error: isAway ? 'try again' : 'this did not work' })
  })

  return { app, close: () => sessions.close() }
}

/** Below `/auth` the refresh token counts, everywhere else the access token. A bearer header goes before a cookie. */
function readToken(tokens) {
  return async (req, _res, next) => {
    const use = req.path.startsWith('/auth/') ? 'refresh' : 'access'
    const bearer = /^Bearer (\S+)$/i.exec(req.get('authorization') ?? '')?.[1]
    const cookie = bearer ? undefined : use
    const token = await tokens.read(use, bearer ?? cookieOf(req, use))
    req.token = token && { ...token, cookie, path: use === 'refresh' ? '/auth' : '/' }
    next()
  }
}

function cookieOf(req, name) {
  const pairs = (req.get('cookie') ?? '').split('; ')
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** A person is led over the login page, which lets them through if their refresh token is good; a program gets 401. */
function requireUser(us) {
  return (req, res, next) => {
    if (us.of(req).user !== undefined) return next()
    if (req.accepts('json', 'html') === 'html') {
      return res.redirect(302, `/auth/login?next=${encodeURIComponent(req.originalUrl)}`)
    }
    res.status(401).set('WWW-Authenticate', 'Bearer').json({ error: 'not signed in' })
  }
}
