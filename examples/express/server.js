import { createServer } from 'node:http'
import { createApp } from './app.js'
import { readSettings } from './settings.js'

const PATIENCE = 5000

try {
  await start()
} catch (error) {
  // An error with a code says what to mend; any other is ours, and then its stack helps.
  console.error(error.code ? error.message : error)
  process.exit(1)
}

async function start() {
  const settings = readSettings()
  const { app, close } = await createApp(settings)
  const server = createServer(app)
  try {
    // The loopback address only: nobody else on the network gets in.
    await listen(server, settings.port)
  } catch (error) {
    await close()
    if (error.code !== 'EADDRINUSE') throw error
    throw Object.assign(new Error(inUse(settings.port)), { code: error.code })
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop(server, close))
  console.log(`http://localhost:${server.address().port}`)
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

/** Answers what has begun, then writes what is in memory. Nothing keeps the process running after that. */
async function stop(server, close) {
  const stopped = new Promise((resolve) => server.close(resolve))
  setTimeout(() => server.closeAllConnections(), PATIENCE).unref()
  await stopped
  await close()
}

function inUse(port) {
  return `Port ${port} is in use. Stop what runs there, or take another one: PORT=${port + 1} npm run demo`
}
