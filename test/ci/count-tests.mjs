/**
 * Sums vitest's JSON reports, and prints `N passed, N failed, N skipped` as its only line. A report that is missing or
 * damaged counts as a failure, and so does a file that could not be run at all.
 *
 *     node count-tests.mjs REPORT…
 */
import { readFileSync } from 'node:fs'

const sum = { passed: 0, failed: 0, skipped: 0 }
for (const path of process.argv.slice(2)) {
  const counts = countsIn(path)
  for (const name of Object.keys(sum)) sum[name] += counts[name]
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0

function countsIn(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'))
    const notRun = report.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
    )
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + notRun.length,
      skipped: report.numPendingTests + report.numTodoTests,
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
