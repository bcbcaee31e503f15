/**
 * A real app in a process of its own, on what `npm run build` has made. It loads what it will need, and opens when it is sent the
 * options of child-app.ts. Each client change it tells is appended to a file at once: a kill takes none of them back.
 */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import express from 'express'
import session from 'express-session'
import 'kysely'
import { createUserSessions } from 'usersessions'
import { forExpress } from 'usersessions/express'

const require = createRequire(import.meta.url)
const makeStore = process.argv[2] === 'postgres' ? await postgresStore() : await fileStore()
const secret = 'a secret of at least 32 characters'

async function open({ storage, store, told, ...intervals }) {
  const sessions = await createUserSessions({ storage, secret, trackActivity: true, trustedProxies: 1, ...intervals })
  sessions.on('clientChanged', ({ to }) => {
    appendFileSync(told, `${JSON.stringify({ session: to.id, ip: to.ip, userAgent: to.userAgent })}\n`)
  })
  const us = forExpress(sessions, { user: (data) => data.userId, loginUrl: '/login', logoutUrl: '/logout' })
  const app = express()
  app.post('/settle', async (_request, response) => {
    await sessions.flush()
    response.end()
  })
  app.use(us.session(session, { secret, resave: false, saveUninitialized: false, store: makeStore(store) }))
  app.use('/api/auth', us.api())
  app.post('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error)
      request.session.userId = request.query.user
      response.end()
    })
  })
  app.get('/me', (request, response) => {
    response.status(us.of(request).user === undefined ? 401 : 200).end()
  })
  const server = createServer(app).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
}

/** The app's own sessions in a folder, and the driver of the records. */
async function fileStore() {
  await import('libsql')
  const FileStore = require('session-file-store')(session)
  return (path) => new FileStore({ path, retries: 0, reapInterval: -1, logFn: () => {} })
}

/** The app's own sessions in the table `session` of a database. */
async function postgresStore() {
  const { default: pg } = await import('pg')
  const PgStore = require('connect-pg-simple')(session)
  return (connectionString) => {
    const pool = new pg.Pool({ connectionString })
    return new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false })
  }
}

process.once('message', open)
// Without its parent it has nothing to live for.
process.once('disconnect', () => process.exit())
