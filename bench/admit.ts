import type { IncomingMessage } from 'node:http'
import type { Request as ExpressRequest } from 'express'
import type { Store } from 'express-session'
import { admit } from '../src/activity/admit.js'
import { nodeSource } from '../src/bindings/node-source.js'
import { ExpressSessionEngine } from '../src/engine/express-session.js'
import { Binding, type SessionData } from '../src/index.js'
import type { SeenClient } from '../src/session.js'
import { wire } from '../src/wire.js'
import { type BenchOptions, type Figure, figure } from './figure.js'

const BENCH = 'request-path'
const UNIT = 'ns'
const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** What of a request the binding reads. */
interface Visit {
  readonly sessionID: string
  readonly session: object
  readonly headers: Record<string, string>
  readonly socket: { readonly remoteAddress: string }
  readonly signedIn: {
    readonly key: string
    readonly user: string
    readonly marker: undefined
    readonly lifetime: number
  }
  readonly request: object
  readonly client: SeenClient
}

/** In one process, sessions that it has met: what admitting and noting cost, alone and with all that a binding does around it. */
export async function* bench({ size = 10_000, isSmoke }: BenchOptions): AsyncGenerator<Figure> {
  const calls = isSmoke ? 1000 : 200_000
  const rounds = isSmoke ? 1 : 9
  await using bound = await openBound(size)
  const { visits, parts, binding } = bound
  const next = (index: number) => visits[(index * 7919) % visits.length] ?? never()
  const measure = async function* (name: string, run: (visit: Visit) => unknown) {
    const samples: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const began = process.hrtime.bigint()
      for (let index = 0; index < calls; index++) {
        const result = run(next(index))
        if (result instanceof Promise) await result
      }
      if (round > 0) samples.push(Number(process.hrtime.bigint() - began) / calls)
    }
    yield figure({ bench: BENCH, case: name, metric: 'admit_ns', unit: UNIT }, samples)
  }
  yield* measure('driver empty loop', () => undefined)
  yield* measure('usersessions in-process read client', (visit) => parts.client(nodeSource(asNode(visit))))
  yield* measure('usersessions in-process admit + note', (visit) => admit(parts.admit, visit.signedIn, visit))
  yield* measure('usersessions in-process open + admit + close', async (visit) => {
    const request = asExpress({ ...visit })
    await binding.open(request, nodeSource(request), () => binding.admit(request))
    binding.close(request)
  })
}

/** Sessions, each recorded and met. */
async function openBound(count: number) {
  const options = { storage: 'memory:', secret: 'a secret of the benches, 32 characters and more', trackActivity: true }
  const wired = await wire<string, SessionData>(options, String, (data) => data)
  const engine = new ExpressSessionEngine({ user: (data) => Reflect.get(data, 'userId') })
  const binding: Binding<ExpressRequest, Store> = new Binding(wired.binding, engine, {}, '')
  const visits: Visit[] = []
  for (let index = 0; index < count; index++) {
    const visit = makeVisit(index)
    visits.push(visit)
    const request = asExpress({ ...visit })
    await binding.open(request, nodeSource(request), () => binding.admit(request))
    binding.close(request)
  }
  return { binding, parts: wired.binding, visits, [Symbol.asyncDispose]: () => wired.close(async () => {}) }
}

function makeVisit(index: number): Visit {
  const [key, user, lifetime] = [`a key of thirty-two letters ${index}`, `user ${index}`, 86_400_000]
  const remoteAddress = `203.0.113.${index % 250}`
  return {
    sessionID: key,
    session: { userId: user, cookie: { originalMaxAge: lifetime } },
    headers: { 'user-agent': USER_AGENT },
    socket: { remoteAddress },
    signedIn: { key, user, marker: undefined, lifetime },
    request: {},
    client: { ip: remoteAddress, userAgent: USER_AGENT, hints: null },
  }
}

function asExpress(visit: object): ExpressRequest {
  return visit as ExpressRequest
}

function asNode(visit: object): IncomingMessage {
  return visit as IncomingMessage
}

function never(): never {
  throw new Error('There are no visits.')
}
