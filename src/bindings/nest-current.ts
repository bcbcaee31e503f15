import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import { UserSessionsError } from '../index.js'

/**
 * The sessions of the request's own user, `RequestSessions`, as a handler's parameter: `list(@CurrentSessions() sessions)`. For
 * HTTP on both platforms, and for GraphQL whose context has the request as `req`.
 *
 * @throws UserSessionsError `session_middleware_missing` when the app does not import `UserSessionsModule`
 */
export const CurrentSessions: () => ParameterDecorator = createParamDecorator<undefined, object>((_data, context) =>
  sessionsOf(context),
)

/** What `us.of(request)` gives, for the request in Nest's context. */
export function sessionsOf(context: ExecutionContext): object {
  const request = requestOf(context)
  const sessions: unknown = isObject(request) ? Reflect.get(request, 'userSessions') : undefined
  if (isObject(sessions)) return sessions
  throw new UserSessionsError(
    'session_middleware_missing',
    `usersessions has not seen this request (${context.getType()}): import \`UserSessionsModule.forRoot({ … })\` in the app’s module. Its decorator and its guard are for HTTP, and for GraphQL whose context has the request as \`req\`.`,
  )
}

function requestOf(context: ExecutionContext): unknown {
  if (context.getType<string>() !== 'graphql') return context.switchToHttp().getRequest<unknown>()
  const graphql = context.getArgByIndex<unknown>(2)
  return isObject(graphql) ? Reflect.get(graphql, 'req') : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
