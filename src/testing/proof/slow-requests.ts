import type { TestRequest } from '../test-client.js'
import type { SlowRequest } from './proof.js'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'content-type': 'application/json' }
const FILLER = { usersessions_proof: 'nothing but a body to wait for' }

/** A request to hold open. */
export interface Slow {
  /** `POST /cart` */
  readonly words: string
  readonly path: string
  /** Ways to send it; the first that the app waits for is taken. */
  readonly requests: readonly TestRequest[]
  /** The app's developer named it, so that it has to work. */
  readonly isNamed: boolean
}

/** @throws TypeError for one that is not like `POST /cart` */
export function slowRequest(slow: SlowRequest, { isNamed }: { readonly isNamed: boolean }): Slow {
  const words = typeof slow === 'string' ? slow : slow.request
  const [, method, path] = /^(?:([A-Z]+) )?(\/\S*)$/.exec(words) ?? []
  if (path === undefined) throw new TypeError(`A slow request is written like 'POST /cart', not '${words}'.`)
  const named = { method: method ?? 'POST', words: `${method ?? 'POST'} ${path}` }
  return {
    words: named.words,
    path,
    isNamed,
    requests: bodies(slow).map((body) => ({ method: named.method, ...body })),
  }
}

function bodies(slow: SlowRequest): TestRequest[] {
  if (typeof slow === 'string') return [form(FILLER), json(FILLER)]
  return [slow.json ? json(slow.fields) : form(slow.fields)]
}

function form(fields: Readonly<Record<string, string>>): TestRequest {
  return { headers: FORM, body: new URLSearchParams(fields).toString() }
}

function json(fields: Readonly<Record<string, string>>): TestRequest {
  return { headers: JSON_TYPE, body: JSON.stringify(fields) }
}
