import 'reflect-metadata'
import cookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import {
  All,
  Controller,
  Get,
  type INestApplication,
  Module,
  Post,
  Redirect,
  Req,
  Sse,
  type Type,
  UseGuards,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import session from 'express-session'
import { fromEvent, map, merge, NEVER, of, takeUntil } from 'rxjs'
import { CurrentSessions, type NestOptions, SessionGuard, UserSessionsModule } from '../../../src/bindings/nest.js'
import type { RequestSessions, UserSessions } from '../../../src/index.js'
import { SECRET } from '../../contract/contract-app.js'
import { listening } from '../../contract/listening.js'

declare module 'fastify' {
  interface Session {
    userId?: string
  }
}

export type Platform = 'Express' | 'Fastify'
export const PLATFORMS: readonly Platform[] = ['Express', 'Fastify']

type Places = Pick<NestOptions, 'page' | 'api'>

/** Options for each platform's own session library. */
export function optionsFor(
  platform: Platform,
  sessions: NestOptions['sessions'] = { storage: 'memory:', secret: SECRET },
  places: Places = { page: '/accounts', api: '/api/auth' },
): NestOptions {
  const common = { sessions, ...places, logoutUrl: '/logout' }
  return platform === 'Express'
    ? {
        ...common,
        user: (data) => data.userId,
        library: session,
        session: { secret: SECRET, resave: false, saveUninitialized: false },
      }
    : {
        ...common,
        user: (data) => data.userId,
        library: fastifySession,
        cookie,
        session: { secret: SECRET, saveUninitialized: false, cookie: { secure: false } },
      }
}

/** `@name() class`, and the like, by calls: this package compiles without decorators. */
export function decorate(target: Type, method: string, decorators: readonly MethodDecorator[]): void {
  const own = Object.getOwnPropertyDescriptor(target.prototype, method)
  if (!own) throw new Error(`no such method: ${method}`)
  for (const one of decorators) one(target.prototype, method, own)
}

class Accounts {
  signIn(request: { readonly session: object }): object {
    Reflect.set(request.session, 'userId', 'ada')
    return {}
  }

  me({ user, current, ended }: RequestSessions): object {
    return { user: user ?? null, id: current?.id ?? null, reason: ended?.reason ?? null }
  }

  leave(request: { readonly session: object }): void {
    Reflect.set(request.session, 'userId', undefined)
  }

  broken(request: { readonly session: object }): void {
    Reflect.set(request.session, 'count', 1)
    throw new Error('of the app')
  }

  secret(): object {
    return { secret: 42 }
  }

  events({ signal }: RequestSessions) {
    return merge(of('hello'), NEVER).pipe(
      takeUntil(fromEvent(signal, 'abort')),
      map((data) => ({ data })),
    )
  }

  everythingElse(): object {
    return { from: 'the app' }
  }
}

decorate(Accounts, 'signIn', [Post('login')])
Req()(Accounts.prototype, 'signIn', 0)
decorate(Accounts, 'leave', [Post('leave'), Redirect('/login', 303)])
Req()(Accounts.prototype, 'leave', 0)
decorate(Accounts, 'broken', [Post('broken')])
Req()(Accounts.prototype, 'broken', 0)
decorate(Accounts, 'me', [Get('me')])
CurrentSessions()(Accounts.prototype, 'me', 0)
decorate(Accounts, 'secret', [UseGuards(SessionGuard), All('secret')])
decorate(Accounts, 'events', [Sse('events')])
CurrentSessions()(Accounts.prototype, 'events', 0)
decorate(Accounts, 'everythingElse', [UseGuards(SessionGuard), Get('*')])
Controller()(Accounts)

/** A module that signs in, and shows and guards things. */
export function appModule(...imports: readonly Parameters<typeof Module>[0]['imports'][]): Type {
  class AppModule {}
  Module({ imports: imports.flatMap((one) => one ?? []), controllers: [Accounts] })(AppModule)
  return AppModule
}

/** An app that is not listening yet. */
export async function createApp(platform: Platform, module: Type): Promise<INestApplication> {
  const options = { logger: false, abortOnError: false } as const
  return platform === 'Express'
    ? NestFactory.create(module, options)
    : NestFactory.create(module, new FastifyAdapter(), options)
}

export interface NestApp extends AsyncDisposable {
  readonly url: string
  readonly app: INestApplication
}

/** An app that is asked over HTTP. */
export async function openNest(
  platform: Platform,
  options: NestOptions = optionsFor(platform),
  before: (app: INestApplication) => void = () => {},
): Promise<NestApp> {
  return listen(await createApp(platform, appModule([UserSessionsModule.forRoot(options)])), before)
}

export async function listen(app: INestApplication, before: (app: INestApplication) => void): Promise<NestApp> {
  before(app)
  await app.listen(0, '127.0.0.1')
  const { url, close } = await listening(app.getHttpServer())
  const dispose = async () => void (await Promise.all([app.close(), close()]))
  return { url, app, [Symbol.asyncDispose]: dispose }
}

/** Where the app is closed by somebody else. */
export const isOpen = (sessions: UserSessions) =>
  sessions
    .user('ada')
    .list()
    .then(
      () => true,
      () => false,
    )
