import express from 'express'
import { safeNext } from 'usersessions'
import { escapeHtml, page } from './page.js'
import { LIFETIMES } from './tokens.js'
import { authenticate } from './users.js'

const WHY_ENDED = {
  'other-session': 'You were signed out from another of your devices.',
  admin: 'An administrator signed you out.',
  expired: 'Your session has expired.',
}

/** Login, refresh and logout. A browser posts forms and gets cookies; a mobile app posts JSON and gets the tokens. */
export function createAuth({ us, tokens, isSecure }) {
  const router = express.Router()
  router.use(express.urlencoded({ extended: false }), express.json())

  router.get('/login', async (req, res) => {
    const next = safeNext(req.query.next, '/')
    // Here a browser comes whose access token has run out, too.
    if (us.of(req).user !== undefined) {
      setCookies(res, await renewed(req))
      return res.redirect(303, next)
    }
    const ended = await us.of(req).tellEnded()
    res.set('Cache-Control', 'no-store').send(page(loginForm(next, whyEnded(ended))))
  })

  router.post('/login', async (req, res) => {
    const { user, password, next } = req.body ?? {}
    if (!(await authenticate(user, password))) {
      const problem = 'That is no name and password of ours.'
      if (req.is('json')) return res.status(401).json({ error: problem })
      return res.status(401).send(page(loginForm(safeNext(next, '/'), problem)))
    }
    await us.of(req).signOut() // who is signed in here already
    const { key } = await us.of(req).issue(user, { lifetime: LIFETIMES.refresh * 1000, data: { method: 'password' } })
    const pair = await tokens.pair({ user, sid: key })
    if (req.is('json')) return res.json(answer(pair))
    setCookies(res, pair)
    res.redirect(303, safeNext(next, '/'))
  })

  router.post('/refresh', async (req, res) => {
    if (us.of(req).user === undefined) return res.status(401).json({ error: 'not signed in' })
    const pair = await renewed(req)
    if (!req.token.cookie) return res.json(answer(pair))
    setCookies(res, pair)
    res.status(204).end()
  })

  router.post('/logout', async (req, res) => {
    const isBrowser = req.token?.cookie !== undefined || req.accepts('json', 'html') === 'html'
    await us.of(req).signOut()
    if (!isBrowser) return res.status(204).end()
    // With a token in a cookie, signing out has cleared them.
    if (!req.token?.cookie) clearTokens(res)
    res.redirect(303, '/auth/login')
  })

  /** New tokens for the same session, whose record now lives as long as the new refresh token. */
  async function renewed(req) {
    await us.of(req).renew({ lifetime: LIFETIMES.refresh * 1000 })
    return tokens.pair(req.token)
  }

  function setCookies(res, pair) {
    for (const use of ['access', 'refresh']) {
      const maxAge = LIFETIMES[use] * 1000
      res.cookie(use, pair[use], { httpOnly: true, sameSite: 'lax', secure: isSecure, path: pathOf(use), maxAge })
    }
  }

  return router
}

/** Both, whichever of them a request came with. */
export function clearTokens(res) {
  for (const use of ['access', 'refresh']) res.clearCookie(use, { path: pathOf(use) })
}

/** The refresh token goes to no other part of the app. */
function pathOf(use) {
  return use === 'refresh' ? '/auth' : '/'
}

/** As in RFC 6749 §5.1. */
function answer({ access, refresh }) {
  return { token_type: 'Bearer', access_token: access, refresh_token: refresh, expires_in: LIFETIMES.access }
}

function whyEnded(ended) {
  return ended && ended.reason !== 'user' ? (WHY_ENDED[ended.reason] ?? 'Your session has ended.') : undefined
}

function loginForm(next, problem) {
  return `${problem ? `<p role="alert">${problem}</p>` : ''}
<form method="post" action="/auth/login">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<label>Name <input name="user" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`
}
