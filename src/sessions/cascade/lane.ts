/** Runs work, so much of it side by side; the rest waits in line. */
export class Lane {
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(private readonly width: number) {}

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.width) this.#running++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // Its place goes to the next one.
      if (next) next()
      else this.#running--
    }
  }
}
