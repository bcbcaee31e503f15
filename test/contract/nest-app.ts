import 'reflect-metadata'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import fastifySession from '@fastify/session'
import { Body, Controller, Get, type INestApplication, Module, Post, Req, Res, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import session from 'express-session'
import type { FastifyInstance } from 'fastify'
import { CurrentSessions, type NestOptions, UserSessionsModule } from '../../src/bindings/nest.js'
import type { RequestSessions, SessionData } from '../../src/index.js'
import { type ContractRoute, type ContractSetup, callbackSession, SECRET, type StartBinding } from './contract-app.js'
import { listening } from './listening.js'

/** What requests and responses of both platforms have. */
interface NestRequest {
  readonly url: string
  readonly session: object
}

interface NestResponse {
  readonly raw?: ServerResponse
  status(code: number): NestResponse
  header(name: string, value: string): unknown
}

/** The contract's app on Nest 11 and @nestjs/platform-express. */
export const startNestExpress: StartBinding = async ({ binding, layer, store, sessions, ...setup }) => {
  const options = { secret: SECRET, resave: false, saveUninitialized: false, ...layer, ...(store ? { store } : {}) }
  const module = moduleOf(setup, {
    sessions,
    user: (data) => data.userId,
    ...binding,
    library: session,
    session: options,
    ...PLACES,
    admin: { path: 'admin', allow: (request) => setup.allow(request.get('x-admin')) },
  })
  const app = await NestFactory.create(module, { bodyParser: setup.parsesBodies, logger: false })
  if (!setup.parsesBodies) app.use(['/accounts/echo', '/slow', '/recorded-login'], express.json())
  return running(app)
}

/** The contract's app on Nest 11 and @nestjs/platform-fastify. */
export const startNestFastify: StartBinding = async ({ binding, layer, store, sessions, ...setup }) => {
  const options = {
    secret: SECRET,
    saveUninitialized: false,
    cookie: { secure: false },
    rolling: layer.rolling ?? false,
  }
  const module = moduleOf(setup, {
    sessions,
    user: (data) => data.userId,
    ...binding,
    library: fastifySession,
    // It takes express-session's stores, which its types do not know.
    session: store ? { ...options, store: Object(store) } : options,
    cookie,
    ...PLACES,
    admin: { path: 'admin', allow: ({ headers }) => setup.allow(headers['x-admin']?.toString()) },
  })
  const adapter = new FastifyAdapter()
  const { parsesBodies: bodyParser } = setup
  if (!bodyParser) adapter.getInstance<FastifyInstance>().register(formbody)
  return running(await NestFactory.create(module, adapter, { bodyParser, logger: false }))
}

const PLACES = { page: ['accounts', '/t/:tenant'], api: '/api/auth' }

async function running(app: INestApplication): ReturnType<StartBinding> {
  await app.listen(0, '127.0.0.1')
  const { url, close } = await listening(app.getHttpServer())
  return { url, close: async () => void (await Promise.all([app.close(), close()])) }
}

function moduleOf({ routes }: Pick<ContractSetup, 'routes'>, options: NestOptions): Type {
  class AppModule {}
  Module({ imports: [UserSessionsModule.forRoot(options)], controllers: routes.map(controllerOf) })(AppModule)
  return AppModule
}

/** A controller with one handler, decorated by calls. */
function controllerOf({ method, path, handle }: ContractRoute): Type {
  class OneRoute {
    async handle(
      request: NestRequest,
      sessions: RequestSessions<string, SessionData>,
      body: unknown,
      response: NestResponse & Partial<IncomingMessage>,
    ): Promise<unknown> {
      const { url } = request
      const gone = async () => void (await once(response.raw ?? Object(response), 'close'))
      const answer = await handle({ session: callbackSession(() => request.session), sessions, url, body, gone })
      response.status(answer.status ?? 200)
      if (answer.location) response.header('location', answer.location)
      return answer.json ?? {}
    }
  }
  const parameters = [Req(), CurrentSessions(), Body(), Res({ passthrough: true })]
  for (const [index, decorate] of parameters.entries()) decorate(OneRoute.prototype, 'handle', index)
  const own = Object.getOwnPropertyDescriptor(OneRoute.prototype, 'handle')
  if (own) (method === 'get' ? Get : Post)(path)(OneRoute.prototype, 'handle', own)
  Controller()(OneRoute)
  return OneRoute
}
