import { randomBytes } from 'node:crypto'
import { createApp } from './app.js'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex'), STORAGE = 'memory:', NODE_ENV } = process.env

const isSecure = NODE_ENV === 'production'
const { app, sessions } = await createApp({ secret: SESSION_SECRET, storage: STORAGE, isSecure })
const server = app.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => sessions.close())
    server.closeIdleConnections()
  })
}
