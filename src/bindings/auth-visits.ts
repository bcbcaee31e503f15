import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { AuthSession, AuthVisit } from '../engine/auth-engine.js'
import type { Binding, RequestSource, SessionData } from '../index.js'

/** A request in any form: a web one, its headers, or Node's. */
export type AuthRequest = Request | Headers | IncomingMessage

/** Runs in a visit's context, and closes that: nobody tells when a response is done that others send. */
export async function inContext<Store, User, Data extends SessionData, Result>(
  binding: Binding<AuthVisit, Store, User, Data>,
  visit: AuthVisit,
  source: RequestSource,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await binding.open(visit, source, run)
  } finally {
    binding.close(visit)
  }
}

/** Admits a request's own session, which its library has looked up. False: it has ended. */
export async function admitFound<Store, User, Data extends SessionData>(
  binding: Binding<AuthVisit, Store, User, Data>,
  headers: Headers,
  source: RequestSource,
  session: AuthSession,
): Promise<boolean> {
  const visit = { ...visitOf(headers), session }
  return (await inContext(binding, visit, source, async () => binding.admit(visit))) !== 'ended'
}

/** A visit by these headers, with no session yet. */
export function visitOf(headers: Headers): AuthVisit {
  return { headers: Object.fromEntries(headers), session: undefined, cookies: [] }
}

/** @throws TypeError for what is no request */
export function headersOf(request: AuthRequest): Headers {
  const given: unknown = request
  if (typeof given === 'object' && given !== null) {
    const headers: unknown = 'headers' in given ? given.headers : given
    // A framework's may be web-standard without being of this realm.
    if (isWebHeaders(headers)) return new Headers([...headers])
    if (typeof headers === 'object' && headers !== null && 'headers' in given) return fromNode({ ...headers })
  }
  throw new TypeError('us.of takes the request: a web Request, its Headers, or the request of Node or Express.')
}

function isWebHeaders(headers: unknown): headers is Headers {
  return typeof headers === 'object' && headers !== null && 'getSetCookie' in headers && Symbol.iterator in headers
}

/** Not from the raw ones: an app may have added the address of the socket, for the library to read. */
function fromNode(from: IncomingHttpHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(from)) {
    // HTTP/2 pseudo-headers are no headers.
    if (value !== undefined && !name.startsWith(':')) headers.set(name, String(value))
  }
  return headers
}
