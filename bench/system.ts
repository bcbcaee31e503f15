import type { Request as ExpressRequest } from 'express'
import type { SessionData, Store } from 'express-session'
import { nodeSource } from '../src/bindings/node-source.js'
import { ExpressSessionEngine } from '../src/engine/express-session.js'
import { createUserSessions, type SessionRecord, type Storage, type UserSessionsOptions } from '../src/index.js'
import { Keys } from '../src/sessions/keys.js'
import { uuidv7 } from '../src/sessions/uuidv7.js'
import { type AppStore, type BenchStorage, DAY, EXPIRES, IP, USER_AGENT } from './storages/bench-storage.js'

const SECRET = 'a secret of the benches, 32 characters and more'
const keys = new Keys([SECRET])

/** A user with sessions, in our tables and in the app's store. */
export interface Person {
  readonly userId: string
  readonly records: readonly SessionRecord[]
  readonly keys: readonly string[]
}

let people = 0

/** Signs a new user in on so many devices: the first as the app would, the others in bulk. */
export async function makePerson({ storage, bare }: BenchStorage, count: number, app?: AppStore): Promise<Person> {
  const userId = `person ${++people}`
  const theirs = Array.from({ length: count }, (_, index) => `a key of thirty-two letters ${people} ${index}`)
  const records = theirs.map((key, index) => recordOf(userId, key, Date.now() - DAY + index))
  const [first, ...others] = records
  if (first) await storage.record(first)
  await bare.insert(others)
  await bare.mirror?.(records)
  if (theirs.length > 0) await app?.fill(theirs, userId)
  return { userId, records, keys: theirs }
}

/** A live session of a user. */
export function recordOf(userId: string, key: string, at: number): SessionRecord {
  return {
    ...{ id: uuidv7(at), userId, keyHash: keys.hash(key), sealedKey: keys.seal(key) },
    ...{ ip: IP, userAgent: USER_AGENT, hints: null, knownClients: null, name: null, data: null },
    ...{ createdAt: at, lastSeenAt: at, authenticatedAt: at, expiresAt: EXPIRES },
    ...{ endedAt: null, endReason: null, endedBy: null },
  }
}

/** The system as an app has it, on a storage that outlives it. */
export async function openSystem(storage: Storage, store: Store, options: Partial<UserSessionsOptions> = {}) {
  // What others have ended is asked for beside the requests, and would be counted among their statements.
  const own = { secret: SECRET, trackActivity: true, maxStaleness: 3_600_000 }
  const sessions = await createUserSessions({ ...own, ...options, storage: kept(storage) })
  const engine = new ExpressSessionEngine({ user: (data) => Reflect.get(data, 'userId') })
  const binding = sessions.bind<ExpressRequest, Store>(engine)
  const guarded = binding.guard(store)
  /** Runs something within a request that carries this key, its session loaded and admitted. */
  const inRequest = async <Result>(
    key: string,
    userId: string | undefined,
    run: (request: ExpressRequest) => Promise<Result>,
  ) => {
    const request = requestWith(key)
    try {
      return await binding.open(request, nodeSource(request), async () => {
        guarded.createSession(request, dataOf(userId))
        await binding.admit(request)
        return run(request)
      })
    } finally {
      binding.close(request)
    }
  }
  return { sessions, binding, guarded, inRequest, [Symbol.asyncDispose]: () => sessions.close() }
}

/** Signs a user in as express-session does: the session's data comes to name them, and is saved. */
export function signIn(guarded: Store, request: ExpressRequest, userId: string): Promise<void> {
  Reflect.set(request.session, 'userId', userId)
  return new Promise((resolve, reject) => {
    guarded.set(request.sessionID, request.session, (error: unknown) => (error ? reject(error) : resolve()))
  })
}

function dataOf(userId: string | undefined): SessionData {
  const cookie = { originalMaxAge: DAY, expires: new Date(Date.now() + DAY), httpOnly: true, path: '/' }
  return Object.assign({ cookie }, userId === undefined ? {} : { userId })
}

function requestWith(key: string): ExpressRequest {
  const request: object = { sessionID: key, headers: { 'user-agent': USER_AGENT }, socket: { remoteAddress: IP } }
  return request as ExpressRequest
}

/** Closing a system closes its storage, and here another one comes after it. */
function kept(storage: Storage): Storage {
  return new Proxy(storage, {
    get(target, name) {
      if (name === 'close') return async () => {}
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
