import type { RequestSource } from '../index.js'
import type { NodeRequest } from './node-types.js'

/** A Node request as the core wants to see it. */
export function nodeSource(request: NodeRequest): RequestSource {
  return {
    header(name) {
      const value = request.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    remoteAddress: request.socket.remoteAddress,
  }
}
