import type { Store } from 'express-session'

/**
 * Calls a store's callback method and waits for it. Some stores also return a promise that rejects beside the callback;
 * that rejection is theirs and ours alike, so nobody is left with an unhandled one. A missing file is no session.
 */
export function asks<Answer>(store: Store, method: string, ...args: readonly unknown[]): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const call: unknown = Reflect.get(store, method)
    if (typeof call !== 'function') return reject(new TypeError(`The session store has no method '${method}'.`))
    const fail = (error: unknown) => (isMissing(error) ? resolve(undefined) : reject(error))
    const answer: unknown = call.call(store, ...args, (error: unknown, value?: Answer | null) =>
      error ? fail(error) : resolve(value ?? undefined),
    )
    if (answer instanceof Promise) answer.catch(fail)
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
