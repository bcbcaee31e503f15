import { randomBytes } from 'node:crypto'
import { createApp } from './app.js'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex'), STORAGE = 'memory:', NODE_ENV } = process.env

const { server, close } = await createApp({
  secret: SESSION_SECRET,
  storage: STORAGE,
  isSecure: NODE_ENV === 'production',
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, close)
