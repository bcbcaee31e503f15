import express, { type Express, type RequestHandler } from 'express'
import session from 'express-session'
import { forExpress } from '../../../src/bindings/express.js'
import type { UserSessions } from '../../../src/index.js'
import type { TestClient } from '../../../src/testing/index.js'

declare module 'express-session' {
  interface SessionData {
    userId?: string
    count?: number
  }
}

const OPTIONS = { secret: 'the secret of a small shop', resave: true, saveUninitialized: false }

/** How its login is used. */
export const signIn = (client: TestClient, user = 'ada') => client.post('/login', { user, password: 'correct' })

/** A store as far away as a database is. */
class DistantStore extends session.MemoryStore {
  override get(...[key, callback]: Parameters<session.MemoryStore['get']>): void {
    super.get(key, (...answer) => void setTimeout(() => callback(...answer), 3))
  }
}

/** How a bare shop is built. */
export interface BareShop {
  /** Whether bodies are read before sessions are loaded. */
  readonly bodyFirst?: boolean
  readonly distant?: boolean
  readonly resave?: boolean
}

/** A shop on express-session alone, in the way of its own page. */
export function bareShop({ bodyFirst = false, distant = false, resave = true }: BareShop = {}): Express {
  const store = distant ? new DistantStore() : new session.MemoryStore()
  const sessions = session({ ...OPTIONS, resave, store })
  const app = express()
  app.use(...(bodyFirst ? [express.urlencoded(), sessions] : [sessions, express.urlencoded()]))
  return addPages(app)
}

/** The same shop on usersessions. Where its `door` is open, the login lets in whoever comes. */
export function guardedShop(sessions: UserSessions, { door }: { readonly door?: 'open' } = {}): Express {
  const us = forExpress(sessions, { user: (data) => data.userId })
  const app = express()
  app.use(us.session(session, OPTIONS), express.urlencoded())
  if (door === 'open') {
    app.post('/login', (request, response, next) => {
      request.session.regenerate((error) => {
        if (error) return next(error)
        request.session.userId = request.body?.user ?? 'guest'
        response.redirect(303, '/me')
      })
    })
  }
  app.use('/api/auth', us.api())
  return addPages(app)
}

/** A shop whose cookie is the session: there is nothing to delete. */
export function cookieShop(): Express {
  const app = express()
  app.use(express.urlencoded())
  const user: RequestHandler = (request, response, next) => {
    const [, name] = /user=(\w+)/.exec(request.headers.cookie ?? '') ?? []
    if (name === undefined) return void response.sendStatus(401)
    next()
  }
  app.post('/login', (request, response) => void response.cookie('user', request.body.user).sendStatus(204))
  app.post('/logout', (_request, response) => void response.clearCookie('user').sendStatus(204))
  app.get('/me', user, (_request, response) => void response.send('hello'))
  return app
}

function addPages(app: Express): Express {
  app.post('/login', (request, response, next) => {
    if (request.body.password !== 'correct') return void response.sendStatus(403)
    request.session.regenerate((error) => {
      if (error) return next(error)
      request.session.userId = request.body.user
      response.redirect(303, '/me')
    })
  })
  app.post('/logout', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.redirect(303, '/login')))
  })
  const page: RequestHandler = (request, response) => {
    response.status(request.session.userId === undefined ? 401 : 200).send(`hello ${request.session.userId ?? ''}`)
  }
  app.get('/me', page)
  app.post('/quick', page)
  app.post('/cart', (request, response) => {
    request.session.count = (request.session.count ?? 0) + 1
    response.sendStatus(request.session.userId === undefined ? 401 : 204)
  })
  return app
}
