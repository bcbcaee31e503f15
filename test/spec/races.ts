import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import express, { type Request } from 'express'
import session, { type SessionData, type SessionOptions } from 'express-session'
import fc from 'fast-check'
import { forExpress } from '../../src/bindings/express.js'
import { createUserSessions, type Storage, type UserSessions, type UserSessionsOptions } from '../../src/index.js'
import { openStorage } from '../../src/storage/open-storage.js'
import { SECRET } from './app.js'
import { type FakeClock, fakeClock } from './fake-clock.js'

/** Random schedules of one race on one storage. */
export const RUNS = Number(process.env.RACE_RUNS ?? 1000)

/** The storages that every race is run on. */
export const STORAGES = ['memory:', 'sqlite::memory:'] as const

/** Where a step waits for its turn. */
export type Gate = (step: string) => Promise<void>

const OPEN: Gate = async () => {}

/** A storage and its time, shared by the scenes of one test: each scene has users of its own. */
export interface World {
  readonly storage: Storage
  readonly clock: FakeClock
}

export async function openWorld(url: string): Promise<World> {
  const clock = fakeClock()
  return { storage: await openStorage(url, { clock: clock.now }), clock }
}

let scenes = 0

/**
 * One race: nodes that share a storage and the app's session store, every step into and out of which goes through a
 * gate. The gate stands open until {@link race}.
 */
export class Scene {
  readonly user = `user-${++scenes}`
  readonly kept = new Map<string, string>()
  #gate = OPEN

  constructor(readonly world: World) {
    // So far apart that no scene is news to another's polls.
    world.clock.advance(60_000)
  }

  /** Starts an app on a process of its own, as far as this package can tell. */
  async node(name: string, options: NodeOptions = {}): Promise<RaceNode> {
    const gate: Gate = (step) => this.#gate(`${name} ${step}`)
    const sessions = await createUserSessions({
      storage: gatedStorage(this.world.storage, gate, options.afterStep),
      secret: SECRET,
      clock: this.world.clock.now,
      trackActivity: true,
      flushInterval: 2 ** 31 - 1,
      purgeInterval: 0,
      maxStaleness: 2 ** 31,
      logger: { warn: () => {}, error: () => {} },
      ...options.sessions,
    })
    return new RaceNode(sessions, new GatedStore(this.kept, gate), gate, options.session)
  }

  /** Lets these run side by side, each step when the gate says; then opens the gate for good. */
  async race(gate: Gate, ...runners: (() => Promise<unknown>)[]): Promise<void> {
    this.#gate = gate
    try {
      await Promise.all(
        runners.map(async (run, index) => {
          await gate(`begin ${index}`)
          await run()
        }),
      )
    } finally {
      this.#gate = OPEN
    }
  }

  /** The same in an order that the scheduler picks, one step at a time. */
  async shuffle(scheduler: fc.Scheduler, ...runners: (() => Promise<unknown>)[]): Promise<void> {
    const gate: Gate = (step) => scheduler.schedule(Promise.resolve(), step)
    // What follows from a step comes to its next gate before another step is picked.
    const oneByOne = async (step: () => Promise<unknown>) => {
      await step()
      await new Promise(setImmediate)
    }
    await scheduler.waitFor(this.race(gate, ...runners), async (step) => oneByOne(step))
  }

  /** The users in what the app's store holds, asked at the store itself. */
  storedUsers(): unknown[] {
    return [...this.kept.values()].flatMap((text) => JSON.parse(text).userId ?? [])
  }
}

/** Options of one node. */
export interface NodeOptions {
  readonly sessions?: Partial<UserSessionsOptions>
  readonly session?: Partial<SessionOptions>
  /** Told after each call that reached the storage, before its answer is on the way. */
  readonly afterStep?: () => Promise<void>
}

/** What a visit was: who it was for the app, and the reason when its session was refused. */
export interface Answer {
  readonly user: string | null
  readonly ended: string | null
}

/** A browser's cookie and user agent. */
export interface Jar {
  cookie?: string
  readonly agent?: string
}

export type Handler = (request: Request) => Promise<void>

/** An Express app on the real session middleware, driven without a network so that only the gates decide the order. */
export class RaceNode {
  readonly #app = express()
  readonly #handlers = new Map<string, (request: Request) => Promise<void>>()
  readonly us

  constructor(
    readonly sessions: UserSessions,
    store: session.Store,
    private readonly gate: Gate,
    options: Partial<SessionOptions> = {},
  ) {
    this.us = forExpress(sessions, { user: (data) => data.userId })
    this.#app.use(
      this.us.session(session, { secret: SECRET, resave: false, saveUninitialized: false, store, ...options }),
    )
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
    let answer: Answer = { user: null, ended: null }
    const request = new IncomingMessage(new Socket())
    request.method = 'GET'
    request.url = `/${++visits}`
    if (jar.cookie !== undefined) request.headers.cookie = jar.cookie
    request.headers['user-agent'] = jar.agent ?? 'a browser'
    this.#handlers.set(request.url, async (seen) => {
      answer = this.answerTo(seen)
      await this.gate('handler')
      await handler(seen)
    })
    const response = new ServerResponse(request)
    return new Promise((resolve) => {
      response.end = () => {
        if (!response.headersSent) response.writeHead(200)
        keepCookie(jar, response.getHeader('set-cookie'))
        response.emit('close')
        resolve(answer)
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

  private answerTo(request: Request): Answer {
    const { user, ended } = this.us.of(request)
    return { user: user ?? null, ended: ended?.reason ?? null }
  }
}

let visits = 0

/** Waits for one of the session library's callbacks. */
export function called(work: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    work((error) => (error ? reject(error) : resolve()))
  })
}

/** A thousand random schedules; what is printed when one fails names every step in its order. */
export async function everySchedule(
  check: (scheduler: fc.Scheduler) => Promise<void>,
  { runs = RUNS }: { readonly runs?: number } = {},
): Promise<void> {
  const seed = Number(process.env.RACE_SEED ?? 20260115)
  await fc.assert(fc.asyncProperty(fc.scheduler(), check), { numRuns: runs, seed, endOnFailure: true })
}

/** Gates of a test with fixed barriers: all stand open but those that are held. */
export function heldGates() {
  const held: { readonly matches: (step: string) => boolean; arrive(): void; readonly open: Promise<void> }[] = []
  const gate: Gate = async (step) => {
    const index = held.findIndex(({ matches }) => matches(step))
    const [barrier] = index < 0 ? [] : held.splice(index, 1)
    barrier?.arrive()
    await barrier?.open
  }
  /** Holds the next step of this name: `reached` resolves when it waits. */
  const hold = (name: string) => {
    let arrive = () => {}
    let release = () => {}
    const reached = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const open = new Promise<void>((resolve) => {
      release = resolve
    })
    held.push({ matches: (step) => step === name, arrive, open })
    return { reached, release }
  }
  return { gate, hold }
}

/** Storage whose calls wait at a gate before they reach it, and again before the answer is back. */
function gatedStorage(storage: Storage, gate: Gate, afterStep?: () => Promise<void>): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        await gate(`storage.${String(name)}`)
        const answer: unknown = await value.apply(target, args)
        await afterStep?.()
        await gate(`storage.${String(name)} answers`)
        return answer
      }
    },
  })
}

/** The app's session store, in one map for all nodes. */
class GatedStore extends session.Store {
  constructor(
    private readonly kept: Map<string, string>,
    private readonly gate: Gate,
  ) {
    super()
  }

  get(key: string, done: (error: unknown, data?: SessionData | null) => void): void {
    this.#step('get', () => this.kept.get(key)).then(
      (text) => done(null, text === undefined ? null : JSON.parse(text)),
      done,
    )
  }

  set(key: string, data: SessionData, done?: (error?: unknown) => void): void {
    const text = JSON.stringify(data)
    this.#step('set', () => void this.kept.set(key, text)).then(() => done?.(), done)
  }

  override touch(key: string, _data: SessionData, done?: (error?: unknown) => void): void {
    this.#step('touch', () => {}).then(() => done?.(), done)
    void key
  }

  destroy(key: string, done?: (error?: unknown) => void): void {
    this.#step('destroy', () => void this.kept.delete(key)).then(() => done?.(), done)
  }

  async #step<Result>(name: string, run: () => Result): Promise<Result> {
    await this.gate(`store.${name}`)
    const result = run()
    await this.gate(`store.${name} answers`)
    return result
  }
}

function keepCookie(jar: Jar, headers: number | string | readonly string[] | undefined): void {
  for (const header of [headers ?? []].flat()) {
    const [pair = ''] = String(header).split(';')
    jar.cookie = pair
  }
}
