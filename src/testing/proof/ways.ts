import type { TestClient } from '../test-client.js'
import { CannotProveError, type ProofOptions } from './proof.js'
import type { Subject } from './subject.js'

/** A session that is about to end. */
export interface Doomed {
  /** Its owner, whose cookies stay as they were. */
  readonly client: TestClient
  end(): Promise<void>
  /** Another session of the same user, that has to stay. */
  readonly bystander?: TestClient
}

/** One way in which sessions end in the app. */
export interface Way {
  /** `Signed out (POST /logout)` */
  readonly words: string
  begin(): Promise<Doomed>
}

/** The ways that the options name. */
export function waysOf(subject: Subject, { signOut, end, api }: ProofOptions): Way[] {
  return [
    ...(signOut === undefined ? [] : [bySigningOut(subject, signOut)]),
    ...(end === undefined ? [] : [byTheApp(subject, end)]),
    ...(api === undefined ? [] : [byAnother(subject, api)]),
  ]
}

function bySigningOut(subject: Subject, signOut: NonNullable<ProofOptions['signOut']>): Way {
  return {
    words: typeof signOut === 'string' ? `Signed out (POST ${signOut})` : 'Signed out',
    async begin() {
      const client = await subject.signIn()
      return {
        client,
        async end() {
          const copy = client.copy()
          if (typeof signOut === 'string') await copy.post(signOut)
          else await signOut(copy)
          if (copy.last && copy.last.status >= 400) {
            throw new CannotProveError(
              `The sign-out was refused: ${copy.last.request} was answered ${copy.last.status}.`,
            )
          }
        },
      }
    },
  }
}

function byTheApp(subject: Subject, end: NonNullable<ProofOptions['end']>): Way {
  return {
    words: 'Ended by the app',
    async begin() {
      const client = await subject.signIn()
      return { client, end: async () => void (await end(client.copy())) }
    },
  }
}

function byAnother(subject: Subject, api: string): Way {
  return {
    words: `Ended from another session (DELETE ${api})`,
    async begin() {
      const bystander = await subject.signIn()
      const known = new Set(await list(bystander, api))
      const client = await subject.signIn()
      const [id, ...more] = (await list(bystander, api)).filter((one) => !known.has(one))
      if (id === undefined || more.length > 0) {
        throw new CannotProveError(
          `After signing in once more, GET ${api} lists ${id ? 'several' : 'no'} new sessions, not one.`,
        )
      }
      const end = async () => {
        const { status } = await bystander.json(api, { sessions: [id] }, 'DELETE')
        if (status !== 200) throw new CannotProveError(`DELETE ${api} was answered ${status}, not 200.`)
      }
      return { client, end, bystander }
    },
  }
}

/** Ids of the user's sessions. */
async function list(client: TestClient, api: string): Promise<string[]> {
  const answer = await client.get(api)
  const body: unknown = await answer.json().catch(() => undefined)
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  if (answer.status !== 200 || !Array.isArray(data)) {
    throw new CannotProveError(
      `GET ${api} was answered ${answer.status} and is no list of sessions. Where is us.api() mounted?`,
    )
  }
  return data.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'id' in one && typeof one.id === 'string' ? [one.id] : [],
  )
}
