import type { Express, Request, Response } from 'express'
import type { SessionOptions, Store } from 'express-session'
import type { Clock } from '../../src/index.js'
import { startApp, type TestApp } from './app.js'
import { Browser } from './browser.js'

/** Where handlers stop until they are let go on: no sleeps. */
export class Barrier {
  readonly #waiting: (() => void)[] = []
  #arrived = () => {}

  /** For the handler. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#arrived()
    })
  }

  /** For the test: resolves once this many handlers wait. */
  async reached(count = 1): Promise<void> {
    while (this.#waiting.length < count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
  }

  release(): void {
    for (const go of this.#waiting.splice(0)) go()
  }
}

/** What a slow handler does before it stops, and after it goes on. */
export type Doing = 'read' | 'write-before' | 'write-after' | 'save' | 'save-and-write' | 'touch' | 'reload'

export const DOINGS: readonly Doing[] = [
  'read',
  'write-before',
  'write-after',
  'save',
  'save-and-write',
  'touch',
  'reload',
]

export interface SlowApp extends TestApp {
  readonly barrier: Barrier
  /** Whether the app's own store holds this browser's session, asked at the store itself. */
  inStore(browser: Browser): Promise<boolean>
}

/** An app with a slow route for each {@link Doing}: `/slow/<doing>`; and `/slow/regenerate`, `/slow/carry`, `/slow/destroy`. */
export async function startSlowApp(
  options: { readonly store?: Store; readonly session?: Partial<SessionOptions>; readonly clock?: Clock } = {},
): Promise<SlowApp> {
  const barrier = new Barrier()
  const app = await startApp({
    ...(options.store ? { store: options.store } : {}),
    ...(options.session ? { session: options.session } : {}),
    sessions: {
      trackActivity: true,
      logger: { warn: () => {}, error: () => {} },
      ...(options.clock ? { clock: options.clock } : {}),
    },
    routes: (express) => addSlowRoutes(express, barrier),
  })
  const inStore = async (browser: Browser) => {
    const key = keyOf(browser)
    if (key === undefined) return false
    const data = await new Promise((resolve) =>
      app.store.get(key, (error, found) => resolve(error ? undefined : found)),
    )
    return data !== undefined && data !== null
  }
  return Object.assign(app, { barrier, inStore })
}

/** The session key in a browser's cookie. */
export function keyOf(browser: Browser): string | undefined {
  return /^s:([^.]+)\./.exec(decodeURIComponent(browser.cookies.get('connect.sid') ?? ''))?.[1]
}

/** Another browser with the same cookies, as they are now. */
export function copyOf(app: TestApp, browser: Browser): Browser {
  const copy = new Browser(app.url)
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
  return copy
}

const done = (work: (callback: (error?: unknown) => void) => unknown) =>
  new Promise<void>((resolve, reject) => {
    work((error) => (error ? reject(error) : resolve()))
  })

function addSlowRoutes(express: Express, barrier: Barrier): void {
  const slow = (name: string, handle: (request: Request, stop: () => Promise<void>) => Promise<void>) =>
    express.all(`/slow/${name}`, async (request: Request, response: Response) => {
      await handle(request, () => barrier.stop())
      response.json({})
    })
  express.post('/as/:user', (request, response) => {
    request.session.userId = String(request.params.user)
    response.json({})
  })
  const write = (request: Request) => {
    request.session.count = (request.session.count ?? 0) + 1
  }
  slow('read', (_request, stop) => stop())
  slow('write-before', async (request, stop) => {
    write(request)
    await stop()
  })
  slow('write-after', async (request, stop) => {
    await stop()
    write(request)
  })
  slow('save', async (request, stop) => {
    await stop()
    await done((callback) => request.session.save(callback))
  })
  slow('save-and-write', async (request, stop) => {
    await stop()
    write(request)
    await done((callback) => request.session.save(callback))
    write(request)
  })
  slow('touch', async (request, stop) => {
    await stop()
    request.session.touch()
  })
  slow('reload', async (request, stop) => {
    await stop()
    await done((callback) => request.session.reload(() => callback()))
  })
  /** Stops between the two halves of a re-key. */
  slow('regenerate', async (request, stop) => {
    const { userId } = request.session
    await done((callback) => request.session.regenerate(callback))
    await stop()
    if (userId !== undefined) request.session.userId = userId
  })
  /** Stops before a re-key that copies all the data over. */
  slow('carry', async (request, stop) => {
    await stop()
    const { cookie: _cookie, ...data } = request.session
    await done((callback) => request.session.regenerate(callback))
    Object.assign(request.session, data)
  })
  slow('destroy', async (request, stop) => {
    await stop()
    await done((callback) => request.session.destroy(callback))
  })
}
