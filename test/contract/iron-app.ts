import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import express, { type Express } from 'express'
import { getIronSession } from 'iron-session'
import { forIronSession, type NodeHandler } from '../../src/bindings/iron-session.js'
import { type UserSessions, UserSessionsError } from '../../src/index.js'
import {
  type ContractAnswer,
  type ContractRoute,
  type ContractSetup,
  SECRET,
  type StartBinding,
} from './contract-app.js'
import { listening } from './listening.js'

/** What the app seals. */
export interface Sealed {
  userId?: unknown
  count?: unknown
}

/** Told before and after what a request does with its session. */
export type IronGap = (where: string) => Promise<void>

const OPTIONS = { password: SECRET, cookieName: 'sealed', cookieOptions: { secure: false } }

function joined(sessions: UserSessions, binding: ContractSetup['binding'], gap: IronGap) {
  return forIronSession(sessions, {
    async open(request, response) {
      await gap('open')
      const session = await getIronSession<Sealed>(request, response, OPTIONS)
      await gap('opened')
      return session
    },
    user: ({ userId }) => (typeof userId === 'string' ? userId : undefined),
    ...binding,
  })
}

type Us = ReturnType<typeof joined>

/** The contract's app on Express 5 and iron-session, as far as a session without a store goes. */
export function ironOnExpress(gap: IronGap = async () => {}): StartBinding {
  return async ({ sessions, binding, ...setup }) => {
    const us = joined(sessions, binding, gap)
    const app = express()
    app.use(us.session())
    if (setup.parsesBodies) app.use(express.urlencoded({ extended: false }), express.json())
    app.use(['/accounts', '/t/:tenant'], us.page())
    app.use('/api/auth', us.api())
    app.use('/admin', us.admin({ allow: ({ headers }) => setup.allow(named(headers['x-admin'])) }))
    addRoutes(app, us, gap, setup.routes)
    return listening(app.listen(0, '127.0.0.1'))
  }
}

/** The same on node:http, whose app hands over by the path. */
export const ironOnNode: StartBinding = async ({ sessions, binding, ...setup }) => {
  const gap = async () => {}
  const us = joined(sessions, binding, gap)
  const rest = express()
  addRoutes(rest, us, gap, setup.routes)
  const mounts: readonly (readonly [RegExp, NodeHandler])[] = [
    [/^\/(accounts|t\/\w+)\//, us.page()],
    [/^\/t\/\w+\/sessions/, us.page()],
    [/^\/api\/auth\//, us.api()],
    [/^\/admin\//, us.admin({ allow: ({ headers }) => setup.allow(named(headers['x-admin'])) })],
  ]
  const session = us.session()
  const server = createServer((request, response) => {
    const failed = (error?: unknown) => void response.writeHead(500).end(String(error))
    session(request, response, (error) => {
      if (error) return failed(error)
      const others = () => rest(request, response)
      const [, mount] = mounts.find(([path]) => path.test(request.url ?? '')) ?? []
      if (!mount) return others()
      mount(request, response, (later) => (later ? failed(later) : others()))
    })
  })
  return listening(server.listen(0, '127.0.0.1'))
}

function addRoutes(app: Express, us: Us, gap: IronGap, routes: readonly ContractRoute[]): void {
  for (const { method, path, handle } of routes) {
    app[method](path, express.json(), async (request, response) => {
      const answer = await handled(us, gap, request, response, request.body, handle)
      if (answer.location) response.location(answer.location)
      response.status(answer.status ?? 200).json(answer.json ?? {})
    })
  }
}

async function handled(
  us: Us,
  gap: IronGap,
  request: IncomingMessage & { readonly originalUrl: string },
  response: ServerResponse,
  body: unknown,
  handle: ContractRoute['handle'],
): Promise<ContractAnswer> {
  const session = us.sessionOf(request)
  const sessions = us.of(request)
  let isDirty = false
  let signsIn: unknown
  const save = async () => {
    isDirty = false
    await gap('save')
    await session.save()
    await gap('saved')
  }
  const gone = async () => void (await once(response, 'close'))
  const answer = await handle({
    session: {
      read: (name) => session[name],
      write(name, value) {
        if (value === undefined) delete session[name]
        else session[name] = value
        if (name === 'userId') signsIn = value
        isDirty = true
      },
      save,
      regenerate: async () => {},
      destroy: async () => session.destroy(),
    },
    sessions,
    url: request.originalUrl,
    body,
    gone,
  })
  if (typeof signsIn === 'string') {
    await gap('issue')
    const issued = await sessions.issue(signsIn).catch(unlessRefused)
    if (!issued) return { status: 403 }
  }
  if (isDirty) await save()
  return answer
}

function unlessRefused(error: unknown): undefined {
  if (!(error instanceof UserSessionsError && error.code === 'session_refused')) throw error
}

function named(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
