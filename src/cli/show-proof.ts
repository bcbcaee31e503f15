import type { Proof, ProofCheck } from '../testing/index.js'
import { plainText } from './plain-text.js'

const INDENT = ' '.repeat(8)

/** What was tried and what came of it, before and after, for people. */
export function showProof({ checks, signedIn, nobody, ok }: Proof, path: string): string[] {
  const broken = checks.filter((check) => !check.ok).length
  const lines = [
    `GET ${path} is answered ${signedIn} to somebody who is signed in, ${nobody} to nobody.`,
    '',
    ...checks.flatMap(showCheck),
    '',
    ok
      ? `Ended stayed ended, ${times(checks.length)} out of ${checks.length}.`
      : `Ended did not stay ended, ${times(broken)} out of ${checks.length}.`,
  ]
  return lines.map(plainText)
}

function showCheck({ title, before, after, ok, letIn }: ProofCheck): string[] {
  return [
    `${ok ? 'kept' : 'BROKEN'}${' '.repeat(ok ? 4 : 2)}${title}`,
    `${INDENT}before  ${before}`,
    `${INDENT}after   ${after}`,
    ...(ok && letIn === 'unknown'
      ? [`${INDENT}note    the slow answer is the same for everybody: it does not show that it began signed in`]
      : []),
  ]
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
