import { randomBytes } from 'node:crypto'
import { createApp } from './app.js'

const { PORT = '3000', SESSION_SECRET = randomBytes(32).toString('hex'), STORAGE = 'memory:', NODE_ENV } = process.env

const app = await createApp({ secret: SESSION_SECRET, storage: STORAGE, isSecure: NODE_ENV === 'production' })
console.log(await app.listen({ port: Number(PORT), host: '127.0.0.1' }))
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => app.close())
