import { readBody } from '../request/read-body.js'
import type { ApiErrorCode } from './api-answers.js'
import { MAX_IDS } from './end-sessions.js'
import { BODY_LIMIT, mediaType } from './read-form.js'

/** The ids in `{"sessions": ["…"]}`, or the code of what is wrong with the body. Other members are ignored. */
export async function readIds(request: Request): Promise<readonly string[] | ApiErrorCode> {
  const body = await readBody(request, BODY_LIMIT)
  if (body === 'too-large') return 'too_large'
  if (body.byteLength === 0) return 'required'
  // A page of another site can send text/plain without asking first, but not this type (Fetch, CORS-safelisted headers).
  if (mediaType(request) !== 'application/json') return 'unsupported_media_type'
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return 'invalid_json'
  }
  return idsIn(value)
}

function idsIn(value: unknown): readonly string[] | ApiErrorCode {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'sessions')) return 'required'
  const ids: unknown = 'sessions' in value ? value.sessions : undefined
  if (ids === null) return 'required'
  if (!Array.isArray(ids)) return 'invalid_list'
  const list: readonly unknown[] = ids
  if (list.length > MAX_IDS) return 'too_many'
  return list.every((id) => typeof id === 'string') ? list : 'invalid_list'
}
