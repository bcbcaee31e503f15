import type { TestClient } from '../test-client.js'
import { CannotProveError, type ProofCheck } from './proof.js'
import type { Seen, Subject } from './subject.js'

/** What was done, and whose cookies are to be tried again. */
export interface Tried {
  readonly title: string
  /** What the protected page said before the end. */
  readonly before: Seen
  readonly clients: readonly TestClient[]
  readonly bystander?: TestClient | undefined
}

/** Tries the cookies again, once the session has ended. */
export async function verdict(subject: Subject, { title, before, clients, bystander }: Tried): Promise<ProofCheck> {
  if (!before.signedIn) {
    throw new CannotProveError(`${title}: signing in did not work this time, the page was answered ${before.words}.`)
  }
  const seen: Seen[] = []
  // Twice, one after the other: residue in a store may only come back with the first look.
  for (const client of [...clients, ...clients]) seen.push(await subject.look(client.copy()))
  const worst = seen.find(({ signedIn }) => signedIn) ?? seen[0] ?? before
  const lost = bystander !== undefined && !(await subject.look(bystander)).signedIn
  const after = `${worst.words}, ${worst.signedIn ? 'still signed in' : 'not signed in'}`
  return {
    title,
    before: `${before.words}, signed in`,
    after: lost ? `${after}; but the session that ended it is gone, too` : after,
    ok: !worst.signedIn && !lost,
  }
}
