import type { IncomingMessage } from 'node:http'
import type { RequestSource } from '../index.js'

/** A Node request as the core wants to see it. */
export function nodeSource(request: IncomingMessage): RequestSource {
  return {
    header(name) {
      const value = request.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    remoteAddress: request.socket.remoteAddress,
  }
}
