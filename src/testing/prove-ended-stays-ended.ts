import { type AppUnderTest, openApp } from './open-app.js'
import { burst } from './proof/burst.js'
import { Clients } from './proof/clients.js'
import { CannotProveError, type Proof, type ProofCheck, type ProofOptions } from './proof/proof.js'
import { Race } from './proof/race.js'
import { openSubject, type Subject } from './proof/subject.js'
import { verdict } from './proof/verdict.js'
import { type Way, waysOf } from './proof/ways.js'

/**
 * Tries to bring ended sessions of an app back to life, through the app's own pages: signs in, ends the session while a
 * request of it is under way, lets that request finish, and tries the old cookie again. Signs out all it has signed in.
 *
 * @returns what was tried and what came of it; `assertEndedStaysEnded` throws instead
 * @throws CannotProveError when the app could not be tried so
 * @throws TypeError for options that make no sense
 */
export async function proveEndedStaysEnded(app: AppUnderTest, options: ProofOptions): Promise<Proof> {
  check(options)
  const open = await openApp(app)
  const clients = new Clients(open)
  try {
    const subject = await openSubject(clients, options)
    const checks = await run(subject, waysOf(subject, options))
    return { signedIn: subject.signedIn, nobody: subject.nobody, ok: checks.every(({ ok }) => ok), checks }
  } finally {
    await clients.signOut(options)
    await open.close()
  }
}

function check({ signIn, protected: path, signOut, end, api }: ProofOptions): void {
  if (typeof signIn !== 'function') throw new TypeError('`signIn` is a function that signs a client in.')
  if (typeof path !== 'string') throw new TypeError('`protected` is the path of a page.')
  if (signOut !== undefined || end !== undefined || api !== undefined) return
  throw new TypeError('How do sessions end in this app? Give `signOut`, `end` or `api`.')
}

async function run(subject: Subject, ways: readonly Way[]): Promise<ProofCheck[]> {
  const race = new Race(subject)
  const checks: ProofCheck[] = []
  for (const way of ways) {
    checks.push(await withoutARace(subject, way))
    const missed: string[] = []
    for (const slow of subject.slow) {
      const raced = await race.run(way, slow)
      if ('check' in raced) checks.push(raced.check)
      else missed.push(`${slow.words}: ${raced.missed}`)
    }
    if (missed.length < subject.slow.length) continue
    const [page] = subject.slow
    const found = page && (await burst(subject, way, page))
    if (found) checks.push(found)
    else if (checks.every(({ ok }) => ok)) throw notHeld(missed)
  }
  return checks
}

async function withoutARace(subject: Subject, way: Way): Promise<ProofCheck> {
  const { client, end, bystander } = await way.begin()
  const before = await subject.look(client.copy())
  await end()
  return verdict(subject, { title: way.words, before, clients: [client], bystander })
}

function notHeld(missed: readonly string[]): CannotProveError {
  return new CannotProveError(
    `No request of this app could be held open while its session ended, so nothing is proven. ${missed.join('. ')}. Name a request that takes its time, or reads a body once the session is loaded, with \`slow\`.`,
  )
}
