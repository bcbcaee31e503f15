import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type NestModule,
  type OnApplicationShutdown,
} from '@nestjs/common'
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core'
import { type SessionData, UserSessions } from '../index.js'
import { SessionGuard } from './nest-guard.js'
import { JOINED, type Joined, joinNest, platformOf } from './nest-join.js'
import type { NestOptions } from './nest-options.js'

export { UserSessions } from '../index.js'
export { CurrentSessions } from './nest-current.js'
export { SessionGuard } from './nest-guard.js'
export type { NestOptions } from './nest-options.js'

const OPTIONS = Symbol('usersessions options')
const BINDING = Symbol('usersessions binding')

/** Options of `UserSessionsModule.forRootAsync`. */
export interface NestAsyncOptions<Injected extends unknown[], Options> {
  /** Modules of what is injected. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>
  /** What the factory is called with. */
  readonly inject?: NonNullable<FactoryProvider['inject']>
  readonly useFactory: (...injected: Injected) => Options
}

/** Injects what `forExpress`, `forFastify` or `forExpressTokens` gave: for WebSockets, and whatever has a request at hand. */
export function InjectBinding(): ParameterDecorator & PropertyDecorator {
  return Inject(BINDING)
}

/**
 * Joins a Nest 11 app, on either of its platforms, to the system: `imports: [UserSessionsModule.forRoot({ … })]` in the app's
 * module. Everywhere in the app, {@link UserSessions} can be injected then, and {@link SessionGuard} used.
 */
export class UserSessionsModule implements NestModule, OnApplicationShutdown {
  readonly #joined: Joined
  readonly #host: HttpAdapterHost
  readonly #config: ApplicationConfig

  constructor(joined: Joined, host: HttpAdapterHost, config: ApplicationConfig) {
    this.#joined = joined
    this.#host = host
    this.#config = config
  }

  /**
   * @throws TypeError and UserSessionsError when the app starts, as `createUserSessions` and `forExpress` or `forFastify` do
   */
  static forRoot<User = string, Data extends SessionData = SessionData>(
    options: NestOptions<User, Data>,
  ): DynamicModule {
    return moduleWith({ provide: OPTIONS, useValue: options })
  }

  /** The same, with options from what the app injects. */
  static forRootAsync<Injected extends unknown[], User = string, Data extends SessionData = SessionData>(
    options: NestAsyncOptions<Injected, NestOptions<User, Data>>,
  ): DynamicModule
  static forRootAsync<Injected extends unknown[], User = string, Data extends SessionData = SessionData>(
    options: NestAsyncOptions<Injected, Promise<NestOptions<User, Data>>>,
  ): DynamicModule
  static forRootAsync<Injected extends unknown[], Options>({
    imports = [],
    inject = [],
    useFactory,
  }: NestAsyncOptions<Injected, Options>): DynamicModule {
    return moduleWith({ provide: OPTIONS, inject, useFactory }, imports)
  }

  /** @internal Nest calls it once the app's prefix is known. */
  configure(): void {
    checkPlatform(this.#joined.platform, this.#host)
    this.#joined.mount(this.#host.httpAdapter, (path) => belowPrefix(this.#config, path))
  }

  /** @internal Nest calls it once no request comes any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.#joined.close()
  }
}

Module({})(UserSessionsModule)
Inject(JOINED)(UserSessionsModule, undefined, 0)
Inject(HttpAdapterHost)(UserSessionsModule, undefined, 1)
Inject(ApplicationConfig)(UserSessionsModule, undefined, 2)

function moduleWith(
  options: NonNullable<DynamicModule['providers']>[number],
  imports: NonNullable<ModuleMetadata['imports']> = [],
): DynamicModule {
  return {
    module: UserSessionsModule,
    global: true,
    imports,
    providers: [
      options,
      { provide: JOINED, inject: [OPTIONS, HttpAdapterHost], useFactory: joined },
      { provide: BINDING, inject: [JOINED], useFactory: ({ binding }: Joined) => binding },
      { provide: UserSessions, inject: [JOINED], useFactory: ({ sessions }: Joined) => sessions },
      SessionGuard,
    ],
    exports: [UserSessions, SessionGuard, BINDING, JOINED],
  }
}

async function joined<User, Data extends SessionData>(
  options: NestOptions<User, Data>,
  host: HttpAdapterHost,
): Promise<Joined> {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      'UserSessionsModule needs its options: `UserSessionsModule.forRoot({ sessions, user, library, session, … })`.',
    )
  }
  // Before anything is opened that would have to be closed.
  if (host.httpAdapter) checkPlatform(platformOf(options), host)
  const made = await joinNest(options)
  const attach = () => {
    if (made.platform === host.httpAdapter?.getType()) made.attach(host.httpAdapter)
  }
  // A testing module makes its app, and so its platform, after its providers; a context without HTTP has none.
  if (host.httpAdapter) attach()
  else host.init$.subscribe(attach)
  return made
}

function checkPlatform(platform: Joined['platform'], { httpAdapter }: HttpAdapterHost): void {
  const type = httpAdapter.getType()
  if (type === platform) return
  throw new TypeError(
    type === 'fastify'
      ? 'This app is on @nestjs/platform-fastify: UserSessionsModule takes `library: fastifySession` and `cookie: fastifyCookie` there.'
      : `This app is on ${type}: UserSessionsModule takes \`library: session\` from express-session there, and no \`cookie\`.`,
  )
}

/** A path as Nest would serve a controller's. */
function belowPrefix(config: ApplicationConfig, path: string): string {
  const own = withSlash(path)
  const { exclude = [] } = config.getGlobalPrefixOptions()
  const isExcluded = exclude.some(({ pathRegex }) => pathRegex.test(`${own}/sessions`))
  return isExcluded ? own : withSlash(config.getGlobalPrefix()) + own
}

function withSlash(path: string): string {
  const bare = path.replace(/^\/+|\/+$/g, '')
  return bare === '' ? '' : `/${bare}`
}
