/**
 * Ends of this process that storage may have made while their answers are on the way. An end that finds a session ended
 * already must not resolve before this process knows it, too.
 */
export class Endings {
  readonly #running = new Map<string, Set<Promise<unknown>>>()

  /** Runs an end of this user's, up to where the process refuses what it ended. */
  track<Result>(user: string, run: () => Promise<Result>): Promise<Result> {
    const running = this.#running.get(user) ?? new Set()
    this.#running.set(user, running)
    const ending = run().finally(() => {
      running.delete(ending)
      if (running.size === 0) this.#running.delete(user)
    })
    running.add(ending)
    return ending
  }

  /** Resolves when the ends of this user's that are under way now are known here. */
  async settled(user: string): Promise<void> {
    await Promise.allSettled(this.#running.get(user) ?? [])
  }
}
