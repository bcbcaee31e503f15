import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createApp } from './app.js'

const { PORT = '3000', STORAGE = 'memory:', NODE_ENV } = process.env
const { SESSIONS_SECRET = randomSecret(), JWT_SECRET = randomSecret() } = process.env

const isSecure = NODE_ENV === 'production'
const { app, close } = await createApp({ secret: SESSIONS_SECRET, jwtSecret: JWT_SECRET, storage: STORAGE, isSecure })
const server = createServer(app)
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => server.close(() => close()))

function randomSecret() {
  return randomBytes(32).toString('hex')
}
