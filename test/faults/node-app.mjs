// One of two processes of an app on one storage and one session store. Handlers can be held at a gate.
import express from 'express'
import session from 'express-session'
import { forExpress } from '../../dist/bindings/express.js'
import { createUserSessions } from '../../dist/index.js'

const { storage, store: kept, maxStaleness, bus } = JSON.parse(process.argv[2])
const secret = 'a secret of at least 32 characters'
const logger = { warn() {}, error() {} }
const sessions = await createUserSessions({ storage, secret, maxStaleness, logger, ...(bus && { bus }) })
const us = forExpress(sessions, { user: (data) => data.userId })
const app = express()
app.use(us.session(session, { secret, resave: false, saveUninitialized: false, store: await makeStore() }))

const gates = new Map()
const waiting = new Map()
/** Waits where the parent has put a gate; tells that it has arrived. */
function gate(name) {
  const id = String(name)
  if (!gates.has(id)) return undefined
  waiting.get(id)?.()
  return gates.get(id).opened
}

app.post('/gate', (request, response) => {
  let open
  const opened = new Promise((resolve) => {
    open = resolve
  })
  gates.set(String(request.query.id), { opened, open })
  response.send('ok')
})
app.post('/arrived', async (request, response) => {
  await new Promise((resolve) => waiting.set(String(request.query.id), resolve))
  response.send('ok')
})
app.post('/open', (request, response) => {
  gates.get(String(request.query.id))?.open()
  response.send('ok')
})
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, Number(ms ?? 0)))
const saved = (target) => new Promise((resolve) => target.save(() => resolve()))

app.post('/login', async (request, response) => {
  request.session.userId = String(request.query.user)
  await saved(request.session)
  response.json({ key: request.sessionID })
})
app.get('/me', (request, response) => {
  response.status(us.of(request).user === undefined ? 401 : 200).send('')
})
app.post('/read', async (request, response) => {
  await gate(request.query.gate)
  await pause(request.query.ms)
  response.send('')
})
app.post('/save', async (request, response) => {
  request.session.count = (request.session.count ?? 0) + 1
  await gate(request.query.gate)
  await pause(request.query.ms)
  await saved(request.session)
  response.send('')
})
app.post('/rekey', async (request, response) => {
  const { userId } = request.session
  await gate(request.query.gate)
  await pause(request.query.ms)
  await new Promise((resolve) => request.session.regenerate(() => resolve()))
  await pause(request.query.ms)
  if (userId !== undefined) request.session.userId = userId
  await saved(request.session)
  response.json({ key: request.sessionID })
})
app.post('/end', async (request, response) => {
  await sessions.user(String(request.query.user)).endAll({ reason: 'other-session' })
  response.send('')
})
app.listen(0, '127.0.0.1', function listening() {
  process.send({ port: this.address().port })
})
process.on('disconnect', () => process.exit())

async function makeStore() {
  if (kept.folder) {
    const { default: fileStore } = await import('session-file-store')
    return new (fileStore(session))({ path: kept.folder, retries: 0, reapInterval: -1, logFn() {} })
  }
  const [{ default: pgStore }, { default: pg }] = await Promise.all([import('connect-pg-simple'), import('pg')])
  const pool = new pg.Pool({ connectionString: kept.url })
  pool.on('error', () => {})
  return new (pgStore(session))({ pool, createTableIfMissing: true, pruneSessionInterval: false })
}
