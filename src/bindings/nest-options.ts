import type { FastifySessionOptions } from '@fastify/session'
import type { SessionOptions } from 'express-session'
import type { ApiOptions, PageOptions, SessionData, UserSessions, UserSessionsOptions } from '../index.js'
import type { ExpressOptions, ForExpress } from './express.js'
import type { Allow as AllowExpress } from './express-handlers.js'
import type { ExpressTokenOptions } from './express-tokens.js'
import type { Allow as AllowFastify, FastifyOptions, FastifySessionPlugin } from './fastify.js'

/** A path below the app's global prefix, or several. */
export type Paths = string | readonly string[]

/** Where the pages and the API are. */
export interface NestPlaces<Allow> {
  /** The sessions page: at `/accounts` it is `/accounts/sessions/`. Default is nowhere. */
  readonly page?: Paths | ({ readonly path: Paths } & PageOptions) | undefined
  /** The JSON API: at `/api/auth` it is `/api/auth/sessions`. Default is nowhere. */
  readonly api?: Paths | ({ readonly path: Paths } & ApiOptions) | undefined
  /** The admin page, and who may see it: at `/admin` it is `/admin/sessions/`. Default is nowhere. */
  readonly admin?: { readonly path: Paths; readonly allow: Allow } | undefined
}

/** A plugin of Fastify. Not by its name: where Fastify is not installed that is `any`, and would pass for what tells the platform. */
export type Plugin = (...given: never[]) => unknown

/** On @nestjs/platform-express with express-session. */
export interface NestOnExpress extends NestPlaces<AllowExpress>, ExpressOptions {
  /** express-session itself. */
  readonly library: Parameters<ForExpress<string, SessionData>['session']>[0]
  /** Its options, all of them. */
  readonly session: SessionOptions
  readonly cookie?: undefined
}

/** On @nestjs/platform-fastify with @fastify/session. */
export interface NestOnFastify extends NestPlaces<AllowFastify>, FastifyOptions {
  /** @fastify/session itself. */
  readonly library: FastifySessionPlugin
  /** Its options, all of them. */
  readonly session: FastifySessionOptions
  /** @fastify/cookie itself, which is registered before it; `registered` when you have done that on the adapter. */
  readonly cookie: Plugin | 'registered'
}

/** On @nestjs/platform-express with JWTs, sealed cookies or bearer tokens. */
export interface NestOnTokens extends NestPlaces<AllowExpress>, ExpressTokenOptions {
  readonly library?: undefined
  readonly session?: undefined
  readonly cookie?: undefined
}

/** The system itself. */
export interface NestSessions<User, Data extends SessionData> {
  /**
   * What `createUserSessions` takes: then it is closed with the app; or what that gives, or the promise of it: then you close it.
   */
  readonly sessions: UserSessionsOptions | UserSessions<User, Data> | Promise<UserSessions<User, Data>>
}

/** Options of `UserSessionsModule.forRoot`. */
export type NestOptions<User = string, Data extends SessionData = SessionData> = (
  | NestOnExpress
  | NestOnFastify
  | NestOnTokens
) &
  NestSessions<User, Data>
