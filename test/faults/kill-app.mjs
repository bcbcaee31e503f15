// An app as a process of its own, to be killed: sessions in files, records where it is told, its events in a file.
import { appendFileSync } from 'node:fs'
import express from 'express'
import session from 'express-session'
import fileStore from 'session-file-store'
import { forExpress } from '../../dist/bindings/express.js'
import { createUserSessions } from '../../dist/index.js'

const { storage, folder, touchInterval, flushInterval, events } = JSON.parse(process.argv[2])
const secret = 'a secret of at least 32 characters'
const sessions = await createUserSessions({
  storage,
  secret,
  migrate: true,
  trackActivity: true,
  trustedProxies: 1,
  touchInterval,
  flushInterval,
  maxStaleness: 1000,
  logger: { warn() {}, error() {} },
})
sessions.on('clientChanged', ({ to, change }) =>
  appendFileSync(events, `${JSON.stringify([to.id, to.ip, change.grade])}\n`),
)
const us = forExpress(sessions, { user: (data) => data.userId })
const FileStore = fileStore(session)
const store = new FileStore({ path: folder, retries: 0, reapInterval: -1, logFn() {} })
const app = express()
app.use(us.session(session, { secret, resave: false, saveUninitialized: false, store }))
app.post('/login', (request, response, next) => {
  request.session.userId = String(request.query.user)
  request.session.save((error) => (error ? next(error) : response.json({ id: us.of(request).current?.id })))
})
app.get('/me', (request, response) => {
  const { user } = us.of(request)
  response.status(user === undefined ? 401 : 200).json({ user })
})
app.use('/api/auth', us.api())
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())
