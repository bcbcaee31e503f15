import { randomBytes } from 'node:crypto'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { Module, type Type } from '@nestjs/common'
import session from 'express-session'
import { UserSessionsModule } from 'usersessions/nest'
import { AccountsController } from './accounts.controller.js'

declare module 'express-session' {
  interface SessionData {
    userId: string
  }
}

declare module 'fastify' {
  interface Session {
    userId?: string
  }
}

const { SESSION_SECRET: secret = randomBytes(32).toString('hex'), STORAGE = 'memory:', NODE_ENV } = process.env
/** An app has one platform, and needs one of the two. */
export function createAppModule(platform: 'express' | 'fastify'): Type {
  @Module({
    imports: [platform === 'express' ? onExpress() : onFastify()],
    controllers: [AccountsController],
  })
  class AppModule {}
  return AppModule
}

const COMMON = {
  sessions: { storage: STORAGE, secret, trackActivity: true },
  loginUrl: '/login',
  logoutUrl: '/logout',
  page: '/accounts',
  api: '/api/auth',
}
const COOKIE = { secure: NODE_ENV === 'production', sameSite: 'lax', maxAge: 30 * 86_400_000 } as const

function onExpress() {
  return UserSessionsModule.forRoot({
    ...COMMON,
    user: (data) => data.userId,
    library: session,
    // In production with a store of its own: connect-redis, for example.
    session: { secret, resave: false, saveUninitialized: false, cookie: COOKIE },
  })
}

function onFastify() {
  return UserSessionsModule.forRoot({
    ...COMMON,
    user: (data) => data.userId,
    library: fastifySession,
    cookie: fastifyCookie,
    session: { secret, saveUninitialized: false, cookie: COOKIE },
  })
}
