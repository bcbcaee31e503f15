import { createServer, type RequestListener, Server } from 'node:http'

/**
 * The app under test: the URL where it runs, or the app itself: an `http.Server` or a request listener, which an Express app
 * is.
 */
export type AppUnderTest = string | URL | Server | RequestListener

/** An app that takes requests. */
export interface OpenApp {
  readonly url: URL
  /** Stops what was started for it; an app that ran before goes on. */
  close(): Promise<void>
}

interface Shared {
  readonly started: Promise<Server>
  users: number
}

/** Clients of the same app share one server, so that an app is not started twice. */
const running = new WeakMap<object, Shared>()

/**
 * Opens the app on a free loopback port, where it does not run yet.
 *
 * @throws TypeError when it is no app
 */
export async function openApp(app: AppUnderTest): Promise<OpenApp> {
  if (typeof app === 'string' || app instanceof URL) return { url: webUrl(app), close: async () => {} }
  if (!(app instanceof Server) && typeof app !== 'function') {
    throw new TypeError('The app is a URL, an http.Server or a request listener, as an Express app is.')
  }
  if (app instanceof Server && app.listening && !running.has(app)) return { url: urlOf(app), close: async () => {} }
  const shared = running.get(app) ?? { started: listen(app instanceof Server ? app : createServer(app)), users: 0 }
  running.set(app, shared)
  shared.users++
  const server = await shared.started
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    shared.users--
    if (shared.users > 0) return
    running.delete(app)
    await stop(server)
  }
  return { url: urlOf(server), close }
}

function webUrl(app: string | URL): URL {
  const url = URL.canParse(String(app)) ? new URL(app) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new TypeError(`'${String(app)}' is no address of an app, such as http://localhost:3000.`)
}

function listen(server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function urlOf(server: Server): URL {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port.')
  const host = address.address === '::' || address.address === '0.0.0.0' ? 'localhost' : address.address
  return new URL(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}`)
}
