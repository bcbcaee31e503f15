import { createHmac } from 'node:crypto'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import express, { type Request } from 'express'
import session from 'express-session'
import { expect } from 'vitest'
import { forExpress } from '../../src/bindings/express.js'
import type { UserSessions } from '../../src/index.js'
import { SECRET } from './app.js'
import type { Gate } from './race-gates.js'

let visits = 0
const SOCKET = new Socket()

/** What a visit was: who it was for the app, and the reason when its session was refused. */
export interface Answer {
  readonly user: string | null
  readonly id: string | null
  readonly ended: string | null
}

const NOBODY: Answer = { user: null, id: null, ended: null }

/** A browser's cookie and user agent. */
export interface Jar {
  cookie?: string
  agent?: string
}

/** What a request does between its admission and its answer. */
export type Handler = (request: Request) => Promise<void>

/** An Express app on the real session middleware, driven without a network so that only the gates decide the order. */
export class RaceNode {
  readonly #app = express()
  readonly #handlers = new Map<string, Handler>()
  readonly us

  constructor(
    readonly sessions: UserSessions,
    store: session.Store,
    private readonly gate: Gate,
  ) {
    this.us = forExpress(sessions, { user: (data) => data.userId })
    this.#app.use(this.us.session(session, { secret: SECRET, resave: false, saveUninitialized: false, store }))
    this.#app.use((request, response, next) => {
      const handler = this.#handlers.get(request.url)
      this.#handlers.delete(request.url)
      if (!handler) return next(new Error('no handler'))
      handler(request).then(() => response.end(), next)
    })
    this.#app.use(
      (_error: unknown, _request: unknown, response: express.Response, _next: unknown) => void response.end(),
    )
  }

  /** One request, from its start to the end of its answer. */
  visit(jar: Jar, handler: Handler = async () => {}): Promise<Answer> {
    let answer = NOBODY
    let failure: unknown
    const request = new IncomingMessage(SOCKET)
    request.method = 'GET'
    request.url = `/${++visits}`
    if (jar.cookie !== undefined) request.headers.cookie = jar.cookie
    request.headers['user-agent'] = jar.agent ?? 'a browser'
    this.#handlers.set(request.url, async (seen) => {
      answer = this.answerTo(seen)
      await this.gate('handler')
      try {
        await handler(seen)
      } catch (error) {
        failure = error
      }
    })
    const response = new ServerResponse(request)
    return new Promise((resolve, reject) => {
      response.end = () => {
        if (!response.headersSent) response.writeHead(200)
        keepCookie(jar, response.getHeader('set-cookie'))
        response.emit('close')
        if (failure === undefined) resolve(answer)
        else reject(failure)
        return response
      }
      this.#app(request, response)
    })
  }

  signIn(jar: Jar, user: string): Promise<Answer> {
    return this.visit(jar, async (request) => {
      await called((done) => request.session.regenerate(done))
      request.session.userId = user
    })
  }

  /** Signs in, and says what was recorded. */
  async signedIn(user: string, agent = 'a browser'): Promise<{ readonly jar: Jar; readonly id: string }> {
    const jar: Jar = { agent }
    await this.signIn(jar, user)
    const { id } = await this.visit(jar)
    if (id === null) throw new Error('the sign-in was refused')
    return { jar, id }
  }

  private answerTo(request: Request): Answer {
    const { user, current, ended } = this.us.of(request)
    return { user: user ?? null, id: current?.id ?? null, ended: ended?.reason ?? null }
  }
}

/** A handler that changes the session, which is then saved at its end. */
export const write: Handler = async ({ session }) => {
  session.count = (session.count ?? 0) + 1
}

/** A handler that gives the session another key: a re-key. */
export const rekey: Handler = async (request) => {
  const { userId } = request.session
  await called((done) => request.session.regenerate(done))
  if (userId !== undefined) request.session.userId = userId
}

/** Waits for one of the session library's callbacks. */
export function called(work: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    work((error) => (error ? reject(error) : resolve()))
  })
}

function keepCookie(jar: Jar, headers: number | string | readonly string[] | undefined): void {
  for (const header of [headers ?? []].flat()) {
    const [pair = ''] = String(header).split(';')
    jar.cookie = pair
  }
}

/** Never alive but unlisted, never dead but listed. */
export async function expectListedIsAlive(node: RaceNode, user: string, jars: readonly Jar[]): Promise<void> {
  const alive: string[] = []
  for (const jar of jars) {
    const answer = await node.visit({ ...jar })
    expect(answer.user === null || answer.user === user).toBe(true)
    if (answer.user !== null) alive.push(answer.id ?? 'alive without a record')
  }
  const listed = (await node.sessions.user(user).list()).map(({ id }) => id)
  expect(new Set(alive)).toEqual(new Set(listed))
}

/** The session key in the cookie. */
export function keyOf({ cookie = '' }: Jar): string {
  return /s:([^.]+)\./.exec(decodeURIComponent(cookie))?.[1] ?? ''
}

/** The cookie that the session library makes for a key. */
export function cookieFor(key: string): string {
  const signature = createHmac('sha256', SECRET).update(key).digest('base64').replace(/=+$/, '')
  return `connect.sid=${encodeURIComponent(`s:${key}.${signature}`)}`
}
