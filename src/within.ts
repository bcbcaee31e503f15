/** How {@link within} waits. */
export interface WithinOptions {
  /** Gives up, with the reason. */
  readonly signal?: AbortSignal | undefined
  /** Whether waiting keeps the process alive. Default is false. */
  readonly ref?: boolean | undefined
  /** What it rejects with when it takes longer. Default is an error that says so. */
  readonly late?: (() => Error) | undefined
}

/** What `work` comes to, unless it takes longer than `ms` milliseconds; then, and when it is called off, it rejects. */
export function within<T>(work: Promise<T>, ms: number, options: WithinOptions = {}): Promise<T> {
  const { signal, ref = false, late = () => new Error(`There was no answer within ${ms} ms.`) } = options
  return new Promise((resolve, reject) => {
    // Promise.race would leave something behind on a signal that lives for months.
    const done = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', calledOff)
      settle()
    }
    const timer = setTimeout(() => done(() => reject(late())), ms)
    if (!ref) timer.unref()
    const calledOff = () => done(() => reject(signal?.reason))
    signal?.addEventListener('abort', calledOff)
    work.then(
      (value) => done(() => resolve(value)),
      (error: unknown) => done(() => reject(error)),
    )
    if (signal?.aborted) calledOff()
  })
}
