import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** A Node request, and perhaps what a body parser has made of its body. */
export type NodeRequest = IncomingMessage & { readonly body?: unknown }

/** The host in a `Request`'s URL is never used: what the client claims is in the headers. */
const BASE = 'http://localhost'
const WITHOUT_BODY = new Set(['GET', 'HEAD'])

/**
 * A web-standard request for a Node one. A body that a parser has read before is written out again in the request's own
 * media type; one that nobody has read is streamed.
 *
 * @param path the path and query, as the handler should see it
 * @returns undefined when no web request can be made of it: an impossible method or path, or a body that something read
 * and left nowhere, which must not pass for an empty one
 */
export function toWebRequest(request: NodeRequest, path: string): Request | undefined {
  const method = request.method ?? 'GET'
  try {
    const init = { method, headers: toHeaders(request) }
    const url = new URL(BASE + (path.startsWith('/') ? path : `/${path}`))
    if (WITHOUT_BODY.has(method)) return new Request(url, init)
    if (request.readableDidRead || request.readableEnded) {
      const body = parsedBody(request)
      return body === undefined ? undefined : new Request(url, { ...init, body })
    }
    return new Request(url, { ...init, body: Readable.toWeb(request), duplex: 'half' })
  } catch {
    return undefined
  }
}

function toHeaders(request: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    // HTTP/2 pseudo-headers are no headers.
    if (name.startsWith(':')) continue
    for (const value of values ?? []) headers.append(name, value)
  }
  return headers
}

function parsedBody(request: NodeRequest): string | Uint8Array<ArrayBuffer> | undefined {
  const { body } = request
  if (body === undefined || body === null) return request.headers['content-length'] === '0' ? '' : undefined
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return new Uint8Array(body)
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return new URLSearchParams(pairs(body)).toString()
  return JSON.stringify(body)
}

function pairs(body: unknown): [string, string][] {
  if (typeof body !== 'object' || body === null) return []
  return Object.entries(body).flatMap(([name, value]: [string, unknown]) =>
    (Array.isArray(value) ? value : [value]).map((one: unknown): [string, string] => [name, String(one)]),
  )
}
