import { readBody } from '../request/read-body.js'
import { textResponse } from './headers.js'

/** Bytes. A hundred ids fit in well. */
export const BODY_LIMIT = 16 * 1024

/** The fields of a form that was sent, or the answer that refuses it. An empty body needs no type. */
export async function readForm(request: Request): Promise<URLSearchParams | Response> {
  const body = await readBody(request, BODY_LIMIT)
  if (body === 'too-large') return textResponse(413, 'The form is too large.')
  if (body.byteLength === 0) return new URLSearchParams()
  if (mediaType(request) !== 'application/x-www-form-urlencoded') {
    return textResponse(415, 'Send the form as application/x-www-form-urlencoded.')
  }
  return new URLSearchParams(new TextDecoder().decode(body))
}

/** The media type of a request's body, without parameters; undefined when it names none. */
export function mediaType(request: Request): string | undefined {
  return request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
}
