import { Readable } from 'node:stream'
import type { NodeRequest } from './node-types.js'
import { toHeaders } from './to-headers.js'

/** A Node request, and perhaps what a body parser has made of its body. */
type ParsedRequest = NodeRequest & { readonly body?: unknown }

/** The host in a `Request`'s URL is never used: what the client claims is in the headers. */
const BASE = 'http://localhost'
const WITHOUT_BODY = new Set(['GET', 'HEAD'])

/**
 * A web-standard request for a Node one. A body that a parser has read before is written out again in the request's own
 * media type; one that nobody has read is streamed.
 *
 * @param path the path and query, as the handler should see it
 * @param parsed what a body parser has made of the body, where the framework keeps that apart from Node's request; a stream
 * when it has only put another in the request's place
 * @returns undefined when no web request can be made of it: an impossible method or path, or a body that something read
 * and left nowhere, which must not pass for an empty one
 */
export function toWebRequest(
  request: ParsedRequest,
  path: string,
  parsed: unknown = request.body,
): Request | undefined {
  const method = request.method ?? 'GET'
  try {
    const init = { method, headers: toHeaders(request) }
    const url = new URL(BASE + (path.startsWith('/') ? path : `/${path}`))
    if (WITHOUT_BODY.has(method)) return new Request(url, init)
    const stream = parsed instanceof Readable ? parsed : request
    if (stream.readableDidRead || stream.readableEnded) {
      const body = writtenAgain(request, parsed)
      return body === undefined ? undefined : new Request(url, { ...init, body })
    }
    return new Request(url, { ...init, body: ReadableStream.from(bytesOf(stream)), duplex: 'half' })
  } catch {
    return undefined
  }
}

/**
 * `Readable.toWeb` would not do: on Node 20, data that comes after its reader has cancelled is an uncaught exception. What
 * the reader does not want is let run out, so that the connection can go on; Node's `requestTimeout` bounds it.
 */
async function* bytesOf(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    }
  } finally {
    stream.resume()
  }
}

function writtenAgain(request: NodeRequest, body: unknown): string | Uint8Array<ArrayBuffer> | undefined {
  if (body instanceof Readable) return undefined
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
