import { AssertionError } from 'node:assert'
import type { AppUnderTest } from './open-app.js'
import type { Proof, ProofOptions } from './proof/proof.js'
import { proveEndedStaysEnded } from './prove-ended-stays-ended.js'

/**
 * Asserts that sessions of the app that have ended do not come back, by trying to bring them back.
 *
 * @param app a URL, an `http.Server` or a request listener
 * @returns what was tried
 * @throws AssertionError when one came back: what was done, what happened, and what should have
 * @throws CannotProveError when the app could not be tried so
 * @throws TypeError for options that make no sense
 */
export async function assertEndedStaysEnded(app: AppUnderTest, options: ProofOptions): Promise<Proof> {
  const proof = await proveEndedStaysEnded(app, options)
  if (proof.ok) return proof
  throw new AssertionError({
    message: inWords(proof, options.protected),
    actual: proof.checks.map(({ title, after }) => `${title}: ${after}`),
    expected: proof.checks.map(({ title }) => `${title}: ${proof.nobody}, not signed in`),
    operator: 'assertEndedStaysEnded',
  })
}

function inWords({ checks, nobody }: Proof, path: string): string {
  const broken = checks
    .filter(({ ok }) => !ok)
    .map(
      ({ title, before, after }) => `${title}
  before  GET ${path}: ${before}
  after   GET ${path} with the old cookie: ${after}
  should  GET ${path}: ${nobody}, as for nobody`,
    )
  return `An ended session is not ended in this app.\n\n${broken.join('\n\n')}\n`
}
