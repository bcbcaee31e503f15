import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Request as ExpressRequest, Response as ExpressResponse, RequestHandler } from 'express'
import type { Binding, RequestSessions, SessionData } from '../index.js'
import { isExpressRequest } from './is-express-request.js'
import { nodeSource } from './node-source.js'
import { toHeaders } from './to-headers.js'

/**
 * Runs the session library on a WebSocket's handshake, and admits. What is refused is answered on the socket: 403 from another
 * site's page, 401 when nobody is signed in (any more), 503 when nothing can tell.
 */
export async function upgradeExpress<Store, User, Data extends SessionData>(
  binding: Binding<ExpressRequest, Store, User, Data>,
  run: RequestHandler,
  request: IncomingMessage,
  socket: Duplex,
): Promise<RequestSessions<User, Data> | undefined> {
  if (!binding.isOwnHandshake(toHeaders(request))) return refuse(socket, 403)
  // Nobody sends it: a handshake has no response of this kind, but the session library wants to see one.
  const response = new ServerResponse(request)
  if (!isExpressRequest(request) || !isExpressResponse(response)) return refuse(socket, 400)
  socket.once('close', () => binding.close(request))
  try {
    await binding.open(request, nodeSource(request), () => loaded(run, request, response))
    await binding.admit(request)
    const visitor = binding.of(request)
    return visitor.user === undefined ? refuse(socket, 401) : visitor
  } catch {
    return refuse(socket, 503)
  }
}

function loaded(run: RequestHandler, request: ExpressRequest, response: ExpressResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    run(request, response, (error?: unknown) => (error ? reject(error) : resolve()))
  })
}

function refuse(socket: Duplex, status: number): undefined {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function isExpressResponse(response: object): response is ExpressResponse {
  return response instanceof ServerResponse
}
