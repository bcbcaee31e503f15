import {
  type CanActivate,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { withNext } from '../index.js'
import { sessionsOf } from './nest-current.js'
import { JOINED, type Joined } from './nest-join.js'

/** Of Express and of Fastify. */
interface HttpRequest {
  readonly method: string
  readonly originalUrl: string
  readonly headers: { readonly accept?: string }
}

/**
 * Lets those in who are signed in: `@UseGuards(SessionGuard)`. A person, who opens a page or posts a form, is sent to the login
 * page and back from there, a program is answered 401. The login page itself is open.
 */
export class SessionGuard implements CanActivate {
  readonly #host: HttpAdapterHost
  readonly #loginUrl: string

  constructor(host: HttpAdapterHost, { loginUrl }: Joined) {
    this.#host = host
    this.#loginUrl = loginUrl
  }

  canActivate(context: ExecutionContext): boolean {
    const sessions = sessionsOf(context)
    if (Reflect.get(sessions, 'user') !== undefined) return true
    const isHttp = context.getType() === 'http'
    const request = isHttp ? context.switchToHttp().getRequest<HttpRequest>() : undefined
    if (request && pathOf(request.originalUrl) === pathOf(this.#loginUrl)) return true
    if (request?.headers.accept?.includes('text/html')) throw this.#toLogin(request, context)
    const ended = Reflect.get(sessions, 'ended') !== undefined
    throw new UnauthorizedException(ended ? 'This session has ended.' : 'Nobody is signed in.')
  }

  /** An exception, since Nest answers 403 for a guard that says no; the header stays on the response that it becomes. */
  #toLogin({ method, originalUrl }: HttpRequest, context: ExecutionContext): HttpException {
    // What a form would have changed is not made up for by coming back to its address.
    const isReading = method === 'GET' || method === 'HEAD'
    const location = isReading ? withNext(this.#loginUrl, originalUrl) : this.#loginUrl
    this.#host.httpAdapter.setHeader(context.switchToHttp().getResponse(), 'location', location)
    return new HttpException('Sign in first.', isReading ? 302 : 303)
  }
}

Injectable()(SessionGuard)
Inject(HttpAdapterHost)(SessionGuard, undefined, 0)
Inject(JOINED)(SessionGuard, undefined, 1)

function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? ''
}
