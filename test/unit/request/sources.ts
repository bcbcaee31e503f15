import type { RequestSource } from '../../../src/request/source.js'

/** A request's source with these headers. */
export function source(remoteAddress: string | undefined, headers: Record<string, string> = {}): RequestSource {
  return { remoteAddress, header: (name) => headers[name] }
}
