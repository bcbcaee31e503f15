import type { FastifyInstance, FastifyReply } from 'fastify'

/**
 * Nest's `@Redirect()` answers without waiting for it. Fastify then sends a second answer if the first is not out, as when
 * @fastify/session saves to a store, and the process ends with ERR_HTTP_HEADERS_SENT (fastify/fastify#6006). Who has begun to
 * answer returns the reply: that is done here for the handlers that do not.
 */
export function awaitAnswers(app: FastifyInstance): void {
  const begun = new WeakSet<FastifyReply>()
  app.addHook('onSend', (_request, reply, _payload, next) => {
    begun.add(reply)
    next()
  })
  app.addHook('onRoute', (route) => {
    const { handler } = route
    route.handler = function (request, reply) {
      const answer: unknown = handler.call(this, request, reply)
      if (!(answer instanceof Promise)) return answer
      return answer.then((value: unknown) => (value === undefined && begun.has(reply) ? reply : value))
    }
  })
}
