import { join } from 'node:path'
import express from 'express'
import session from 'express-session'
import { createUserSessions } from 'usersessions'
import { forExpress } from 'usersessions/express'
import { accounts } from './accounts.js'
import { openDatabase } from './database.js'
import { sessionsPageLooks } from './layout.js'
import { createOutbox } from './outbox.js'
import { sendHome, sendOutbox, sendProblem } from './pages.js'
import { createUsers } from './users.js'

const DAY = 24 * 60 * 60 * 1000

/** The app, and how to close what it has opened. */
export async function createApp(settings) {
  const { port, secret, trustedHops, trackActivity, adminEmail } = settings
  const database = await openDatabase(settings)
  const users = await createUsers(database.knex, { adminEmail })
  const outbox = createOutbox()

  // usersessions, from here …
  const sessions = await createUserSessions({
    storage: database.storage,
    migrate: true,
    secret,
    trackActivity,
    touchInterval: 1000, // a minute is plenty for most; here people want to see things move
    trustedProxies: trustedHops,
    userId: Number,
    ...(trackActivity && { mail: securityMail(users, outbox, port) }),
  })
  const us = forExpress(sessions, {
    user: (data) => data.userId,
    loginUrl: '/accounts/login/',
    logoutUrl: '/accounts/logout/',
  })

  const app = express()
  app.set('trust proxy', trustedHops)
  app.disable('x-powered-by')
  app.get('/favicon.ico', (_req, res) => res.sendStatus(204))
  app.use(express.static(join(import.meta.dirname, 'public')))
  app.use(
    us.session(session, {
      secret,
      store: database.store,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 14 * DAY, sameSite: 'lax', secure: 'auto' },
    }),
  )
  app.use('/accounts', us.page(sessionsPageLooks)) // /accounts/sessions/
  app.use('/api/auth', us.api()) // /api/auth/sessions
  sessions.on('clientChanged', ({ user, from, to }) => {
    console.log(`User ${user} went on from ${from.device.label} to ${to.device.label}.`)
  })
  // … to here. The rest is the app's own.

  app.use(async (req, res, next) => {
    res.locals.user = await users.find(us.of(req).user)
    next()
  })
  app.use('/accounts', accounts({ users, us, requireUser }))
  const allow = ({ res }) => users.isAdmin(res.locals.user) && res.locals.user.email
  app.use('/admin', requireUser, us.admin({ allow })) // /admin/sessions/
  app.get('/', (_req, res) => sendHome(res, { isAdmin: users.isAdmin(res.locals.user) }))
  app.get('/outbox', requireUser, (_req, res) => sendOutbox(res, outbox.of(res.locals.user.email)))
  app.use((_req, res) => sendProblem(res, 404))
  app.use((error, _req, res, next) => {
    if (res.headersSent) return next(error)
    const status = error.status ?? 500
    if (status >= 500) console.error(error)
    sendProblem(res, status)
  })

  return {
    app,
    async close() {
      await sessions.close()
      await database.close()
    },
  }
}

/** Told to a user when one of their sessions goes on from another browser or address. */
function securityMail(users, outbox, port) {
  return {
    transport: outbox,
    from: 'Demo <security@demo.example>',
    to: async (id) => (await users.find(id))?.email,
    pageUrl: `http://localhost:${port}/accounts/sessions/`,
  }
}

function requireUser(req, res, next) {
  if (res.locals.user) return next()
  res.redirect(302, `/accounts/login/?next=${encodeURIComponent(req.originalUrl)}`)
}
