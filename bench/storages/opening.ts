/** Has something done when all is over. */
export type AtEnd = (run: () => unknown) => void

/** Opens something of several parts; those that stood are taken down in reverse, also when a later one could not be had. */
export async function opening<Opened extends object>(
  open: (atEnd: AtEnd) => Promise<Opened>,
): Promise<Opened & AsyncDisposable> {
  const ends: (() => unknown)[] = []
  const dispose = async () => {
    for (const run of ends.reverse()) await run()
  }
  try {
    return Object.assign(await open((run) => void ends.push(run)), { [Symbol.asyncDispose]: dispose })
  } catch (error) {
    await dispose()
    throw error
  }
}
