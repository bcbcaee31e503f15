import { scryptSync, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import express from 'express'
import session from 'express-session'
import { createUserSessions, safeNext } from 'usersessions'
import { forExpress } from 'usersessions/express'
import { closeOnEnd, endStreamOnEnd } from 'usersessions/live'
import { WebSocketServer } from 'ws'
import { page, signInForm } from './pages.js'

const SALT = 'of the example'
/** Stands for the app's own accounts: both have the password `correct horse`. */
const USERS = new Map(['ada', 'bob'].map((name) => [name, scryptSync('correct horse', SALT, 32)]))

/**
 * An app with a WebSocket and a stream of events, both closed when their session ends.
 *
 * @param {{ secret: string, storage: string, isSecure: boolean }} options
 */
export async function createApp({ secret, storage, isSecure }) {
  const sessions = await createUserSessions({ storage, secret, trackActivity: true })
  const us = forExpress(sessions, { user: (data) => data.userId, loginUrl: '/login' })
  const app = express()
  app.use(express.static(new URL('./public', import.meta.url).pathname))
  app.use(
    us.session(session, {
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { secure: isSecure, sameSite: 'lax', maxAge: 30 * 86_400_000 },
    }),
  )
  app.use(express.urlencoded({ extended: false }))
  app.use('/accounts', us.page())
  app.use('/api/auth', us.api())
  addAccounts(app, us)
  addEvents(app, us)

  const server = createServer(app)
  const sockets = addSockets(server, us)
  const close = () => {
    for (const socket of sockets.clients) socket.close(1001, 'going away')
    server.close(() => sessions.close())
    server.closeAllConnections()
  }
  return { server, close }
}

/** A stream of server-sent events: the time, each second. */
function addEvents(app, us) {
  app.get('/events', (request, response) => {
    if (us.of(request).user === undefined) return response.sendStatus(401)
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': hello\n\n')
    endStreamOnEnd(response, us.of(request))
    const timer = setInterval(() => response.write(`data: ${new Date().toISOString()}\n\n`), 1000)
    response.once('close', () => clearInterval(timer))
  })
}

/** A WebSocket that says everything back. */
function addSockets(server, us) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4096 })
  server.on('upgrade', async (request, socket, head) => {
    const visitor = await us.upgrade(request, socket)
    if (!visitor) return
    sockets.handleUpgrade(request, socket, head, (ws) => {
      closeOnEnd(ws, visitor)
      ws.on('message', (data) => ws.send(String(data)))
      ws.send(`hello ${visitor.user}`)
    })
  })
  return sockets
}

function addAccounts(app, us) {
  app.get('/', (request, response) => {
    const { user } = us.of(request)
    if (user === undefined) return response.redirect('/login')
    response.send(page(user))
  })
  app.get('/login', async (request, response) => {
    const ended = await us.of(request).tellEnded()
    response.send(signInForm(safeNext(request.query.next), ended !== undefined))
  })
  app.post('/login', (request, response, next) => {
    const { user = '', password = '', next: to } = request.body ?? {}
    const known = USERS.get(String(user))
    if (!known || !timingSafeEqual(known, scryptSync(String(password), SALT, 32))) {
      return response.status(401).send(signInForm(safeNext(to), false))
    }
    request.session.regenerate((error) => {
      if (error) return next(error)
      request.session.userId = String(user)
      request.session.save((failed) => (failed ? next(failed) : response.redirect(303, safeNext(to) ?? '/')))
    })
  })
}
