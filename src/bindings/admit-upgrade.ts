import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Binding, RequestSessions, SessionData } from '../index.js'
import { nodeSource } from './node-source.js'
import { toHeaders } from './to-headers.js'

/**
 * Loads the session of a WebSocket's handshake, and admits. What is refused is answered on the socket: 403 from another
 * site's page, 401 when nobody is signed in (any more), 503 when nothing can tell.
 *
 * @param subject the framework's own request
 * @param load runs the session library
 */
export async function admitUpgrade<Request extends object, Store, User, Data extends SessionData>(
  binding: Binding<Request, Store, User, Data>,
  subject: Request,
  load: () => Promise<void>,
  request: IncomingMessage,
  socket: Duplex,
): Promise<RequestSessions<User, Data> | undefined> {
  if (!binding.isOwnHandshake(toHeaders(request))) return refuse(socket, 403)
  socket.once('close', () => binding.close(subject))
  try {
    await binding.open(subject, nodeSource(request), load)
    await binding.admit(subject)
    const visitor = binding.of(subject)
    return visitor.user === undefined ? refuse(socket, 401) : visitor
  } catch {
    return refuse(socket, 503)
  }
}

function refuse(socket: Duplex, status: number): undefined {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
