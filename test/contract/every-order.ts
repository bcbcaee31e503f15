import { AsyncLocalStorage } from 'node:async_hooks'
import type { Storage } from '../../src/index.js'

/** One of the operations that run side by side. */
interface Runner {
  state: 'running' | 'waiting' | 'done'
  go: () => void
}

/** Longer than a signature takes to be checked, milliseconds. */
const BLOCKED = 8

/** Orders of one scene; those left out are the last of the walk. */
const MOST = 60

const running = new AsyncLocalStorage<Runner>()

/** Runs operations side by side in the orders that their steps can come in. */
export class EveryOrder {
  #inside = 0

  /** @param answers whether an answer on its way back is a step of its own */
  constructor(private readonly answers: boolean) {}

  /** Storage whose calls are the steps. */
  gated(storage: Storage): Storage {
    return new Proxy(storage, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          await this.#step()
          this.#inside++
          try {
            return await value.apply(target, args)
          } finally {
            this.#inside--
            if (this.answers) await this.#step()
          }
        }
      },
    })
  }

  /**
   * @param scene begins anew for every order: the two operations, and what must be true afterwards
   * @returns how many orders there were
   */
  async walk(
    scene: () => Promise<{ run: readonly (() => Promise<unknown>)[]; after(): Promise<void> }>,
  ): Promise<number> {
    let prefix: number[] = []
    for (let orders = 1; ; orders++) {
      const { run, after } = await scene()
      const choices = await this.#oneOrder(run, prefix)
      await after()
      const last = choices.lastIndexOf(0)
      if (last < 0 || orders === MOST) return orders
      prefix = [...choices.slice(0, last), 1]
    }
  }

  /** @returns which of two went first, each time that both could */
  async #oneOrder(run: readonly (() => Promise<unknown>)[], prefix: readonly number[]): Promise<number[]> {
    const choices: number[] = []
    const runners = run.map((): Runner => ({ state: 'running', go: () => {} }))
    const all = Promise.all(
      runners.map((runner, index) =>
        running.run(runner, async () => {
          await this.#step()
          await run[index]?.()
          runner.state = 'done'
        }),
      ),
    )
    let failure: unknown
    all.catch((error: unknown) => {
      failure = error
    })
    while (failure === undefined && runners.some(({ state }) => state !== 'done')) {
      await this.#settled(runners)
      const waiting = runners.filter(({ state }) => state === 'waiting')
      let choice = 0
      if (waiting.length > 1) {
        choice = prefix[choices.length] ?? 0
        choices.push(choice)
      }
      waiting[choice]?.go()
    }
    await all
    return choices
  }

  async #step(): Promise<void> {
    const runner = running.getStore()
    if (!runner || runner.state === 'done') return
    await new Promise<void>((resolve) => {
      runner.state = 'waiting'
      runner.go = () => {
        runner.state = 'running'
        resolve()
      }
    })
  }

  /** Each waits for its turn or is done; or for another one, which only some time without a step can tell. */
  async #settled(runners: readonly Runner[]): Promise<void> {
    let busy = performance.now()
    while (runners.some(({ state }) => state === 'running') && performance.now() - busy < BLOCKED) {
      await new Promise(setImmediate)
      if (this.#inside > 0) busy = performance.now()
    }
  }
}
