import { randomBytes } from 'node:crypto'
import { serve } from '@hono/node-server'
import { createApp } from './app.js'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex'), STORAGE = 'memory:', NODE_ENV } = process.env

const { app, sessions } = await createApp({
  secret: SESSION_SECRET,
  storage: STORAGE,
  isSecure: NODE_ENV === 'production',
})
const server = serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
)
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => sessions.close())
    // An event stream would hold it open.
    server.closeAllConnections()
  })
}
