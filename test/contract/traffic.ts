/** What goes from a store to its server, counted at the driver. */
export class Traffic {
  /** Statements or commands. */
  calls = 0
  /** Of calls that did not wait for one another. */
  roundTrips = 0
  /** Is answered instead of what the server says. */
  instead: { readonly answer: unknown } | undefined
  #underWay = 0

  begin(): void {
    this.calls++
    if (this.#underWay++ === 0) this.roundTrips++
  }

  done(): void {
    this.#underWay--
  }

  /** What was counted since the last time. */
  take(): { calls: number; roundTrips: number } {
    const { calls, roundTrips } = this
    this.calls = 0
    this.roundTrips = 0
    return { calls, roundTrips }
  }

  /** The same client; what its methods send is counted. */
  through<Client extends object>(client: Client): Client {
    return new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          const answer: unknown = Reflect.apply(value, target, args)
          return answer instanceof Promise ? this.#count(answer) : answer
        }
      },
    })
  }

  async #count(answer: Promise<unknown>): Promise<unknown> {
    this.begin()
    try {
      const real = await answer
      return this.instead ? this.instead.answer : real
    } finally {
      this.done()
    }
  }
}
