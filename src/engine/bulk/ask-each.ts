import { chunks } from '../chunks.js'

/**
 * Asks for keys one at a time, `size` side by side. A key that cannot be read (a file that is no JSON) counts as existing, so
 * that the others are still told of; when a whole round fails, or no key at all can be read, the store does not say.
 */
export async function askEach(
  keys: readonly string[],
  size: number,
  ask: (key: string) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let failed = 0
  for (const chunk of chunks(keys, size)) {
    const answers = await Promise.allSettled(chunk.map(ask))
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
    failed += failures.length
    if (failures.length === size || failed === keys.length) throw toError(failures[0])
    answers.forEach((answer, index) => {
      const key = chunk[index]
      if (key !== undefined && (answer.status === 'rejected' || answer.value)) found.add(key)
    })
  }
  return found
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the session store failed', { cause: reason })
}
