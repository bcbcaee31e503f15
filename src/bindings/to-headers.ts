import type { NodeRequest } from './node-types.js'

/** A Node request's headers; from the raw ones: Fastify's `inject`, which people test with, makes requests that have no others but joined ones. */
export function toHeaders({ rawHeaders }: Pick<NodeRequest, 'rawHeaders'>): Headers {
  const headers = new Headers()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2)
    // HTTP/2 pseudo-headers are no headers.
    if (!name.startsWith(':')) headers.append(name, value)
  }
  return headers
}
