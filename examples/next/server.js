import { createServer } from 'node:http'
import next from 'next'

// `next start` would do; this prints the port that it got.
const app = next({ dev: false, dir: import.meta.dirname })
await app.prepare()
const server = createServer(app.getRequestHandler())
server.listen(Number(process.env.PORT ?? '3000'), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => server.close(() => stop()))

async function stop() {
  await (await globalThis.userSessions)?.close()
  process.exit(0)
}
