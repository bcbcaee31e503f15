import type { TestClient } from '../test-client.js'
import { listedSessions } from './listed-sessions.js'
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
      const known = new Set((await listedSessions(bystander, api)).map(({ id }) => id))
      const client = await subject.signIn()
      const [fresh, ...more] = (await listedSessions(bystander, api)).filter(({ id }) => !known.has(id))
      if (fresh === undefined || more.length > 0) {
        throw new CannotProveError(
          `After signing in once more, GET ${api} lists ${fresh ? 'several' : 'no'} new sessions, not one.`,
        )
      }
      const end = async () => {
        const { status } = await bystander.json(api, { sessions: [fresh.id] }, 'DELETE')
        if (status !== 200) throw new CannotProveError(`DELETE ${api} was answered ${status}, not 200.`)
      }
      return { client, end, bystander }
    },
  }
}
