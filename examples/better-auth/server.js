import { randomBytes } from 'node:crypto'
import { createApp } from './app.js'

const { PORT = '3000', AUTH_SECRET = randomBytes(32).toString('hex'), STORAGE = 'memory:', NODE_ENV } = process.env

const { app, close } = await createApp({ secret: AUTH_SECRET, storage: STORAGE, isSecure: NODE_ENV === 'production' })
const server = app.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(close)
    server.closeIdleConnections()
  })
}
