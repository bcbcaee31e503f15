import type { TestClient } from '../test-client.js'
import type { Clients } from './clients.js'
import { CannotProveError, type ProofOptions } from './proof.js'
import { type Slow, slowRequest } from './slow-requests.js'

/** Harmless: an app may do anything with a POST to a page that it has. Many read its body all the same. */
const NOWHERE = 'POST /usersessions-proof'

/** What the protected page said. */
export interface Seen {
  readonly signedIn: boolean
  /** `200`, `302 to /login` */
  readonly words: string
}

/** An app that can be tried: it was seen to tell who is signed in from who is not. */
export interface Subject {
  /** What the protected page answers. */
  readonly signedIn: string
  readonly nobody: string
  readonly slow: readonly Slow[]
  readonly clients: Clients
  signIn(): Promise<TestClient>
  look(client: TestClient): Promise<Seen>
}

/** @throws CannotProveError when signing in makes no difference to the protected page */
export async function openSubject(clients: Clients, options: ProofOptions): Promise<Subject> {
  const named = namedOnes(options)
  const page = `GET ${options.protected}`
  const signIn = async () => {
    const client = clients.make()
    await options.signIn(client)
    return client
  }
  const nobody = await reached(clients.make(), options.protected)
  const client = await signIn()
  const login = client.last
  const somebody = await client.get(options.protected)
  const [signedIn, other] = [wordsOf(somebody), wordsOf(nobody)]
  const told = options.isSignedIn ?? ((answer: Response) => wordsOf(answer) === signedIn)
  const shown = `${page} is answered ${signedIn} after signing in (${login ? `${login.request}: ${login.status}` : 'no request'})`
  if (await told(nobody.clone())) {
    throw new CannotProveError(
      `${shown} and ${other} before it: that does not tell who is signed in. Was the sign-in refused? Else name a page that is only for people who are signed in, or say how to tell with \`isSignedIn\`.`,
    )
  }
  if (!(await told(somebody.clone()))) throw new CannotProveError(`${shown}, which is not how it looks when signed in.`)
  const isSignedIn = async (one: TestClient) => told(await one.get(options.protected))
  const others = named ?? (await harmlessOnes(login?.request, isSignedIn, clients))
  return {
    signedIn,
    nobody: other,
    // The protected page first: its answer tells best whether it began signed in.
    slow: [slowRequest(page, { isNamed: false }), ...others],
    clients,
    signIn,
    async look(one) {
      const answer = await one.get(options.protected)
      if (answer.status >= 500) throw new CannotProveError(`${page} was answered ${answer.status}: the app has failed.`)
      return { signedIn: await told(answer.clone()), words: wordsOf(answer) }
    },
  }
}

/** The status, and where a redirect leads, but for the query. */
export function wordsOf({ status, headers }: Response): string {
  const location = headers.get('location')
  return location === null ? String(status) : `${status} to ${location.split('?')[0]}`
}

/** What the app's developer wants to see raced. */
function namedOnes({ slow }: ProofOptions): Slow[] | undefined {
  if (slow === undefined) return undefined
  const all = typeof slow === 'string' || 'request' in slow ? [slow] : slow
  return all.map((one) => slowRequest(one, { isNamed: true }))
}

/**
 * Those that harm nothing. The login is one if it fails, for want of fields: where it lets everybody in, that would pass
 * for a session that came back.
 */
async function harmlessOnes(
  login: string | undefined,
  isSignedIn: (client: TestClient) => Promise<boolean>,
  clients: Clients,
): Promise<Slow[]> {
  const nowhere = slowRequest(NOWHERE, { isNamed: false })
  if (!login?.startsWith('POST ')) return [nowhere]
  const failing = slowRequest(login, { isNamed: false })
  for (const request of failing.requests) {
    const stranger = clients.make()
    await stranger.request(failing.path, request)
    if (await isSignedIn(stranger)) return [nowhere]
  }
  return [nowhere, failing]
}

async function reached(client: TestClient, path: string): Promise<Response> {
  try {
    return await client.get(path)
  } catch (error) {
    if (error instanceof TypeError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new CannotProveError(`The app does not answer at ${client.url.origin}: ${code}.`, { cause: error })
  }
}
