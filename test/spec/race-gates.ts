import session, { type SessionData } from 'express-session'
import type { Storage } from '../../src/index.js'

/** Where a step waits for its turn. */
export type Gate = (step: string) => Promise<void>

/** Nothing waits. */
export const OPEN: Gate = async () => {}

/** Gates of a test with fixed barriers: all stand open but those that are held. */
export function heldGates() {
  const held: { readonly matches: (step: string) => boolean; arrive(): void; readonly open: Promise<void> }[] = []
  const gate: Gate = async (step) => {
    const index = held.findIndex(({ matches }) => matches(step))
    const [barrier] = index < 0 ? [] : held.splice(index, 1)
    barrier?.arrive()
    await barrier?.open
  }
  /** Holds the next step of this name: `reached` resolves when it waits. */
  const hold = (name: string) => {
    let arrive = () => {}
    let release = () => {}
    const reached = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const open = new Promise<void>((resolve) => {
      release = resolve
    })
    held.push({ matches: (step) => step === name, arrive, open })
    return { reached, release }
  }
  return { gate, hold }
}

/** Storage whose calls wait at a gate before they reach it, and again before the answer is back. */
export function gatedStorage(storage: Storage, gate: Gate, watch: () => Promise<void>): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        await gate(`storage.${String(name)}`)
        const answer: unknown = await value.apply(target, args)
        await watch()
        await gate(`storage.${String(name)} answers`)
        return answer
      }
    },
  })
}

/** The app's session store, in one map for all nodes. */
export class GatedStore extends session.Store {
  constructor(
    private readonly kept: Map<string, string>,
    private readonly gate: Gate,
  ) {
    super()
  }

  get(key: string, done: (error: unknown, data?: SessionData | null) => void): void {
    this.#step('get', () => this.kept.get(key)).then(
      (text) => done(null, text === undefined ? null : JSON.parse(text)),
      done,
    )
  }

  set(key: string, data: SessionData, done?: (error?: unknown) => void): void {
    const text = JSON.stringify(data)
    this.#step('set', () => void this.kept.set(key, text)).then(() => done?.(), done)
  }

  override touch(key: string, _data: SessionData, done?: (error?: unknown) => void): void {
    this.#step('touch', () => this.kept.has(key)).then(() => done?.(), done)
  }

  destroy(key: string, done?: (error?: unknown) => void): void {
    this.#step('destroy', () => void this.kept.delete(key)).then(() => done?.(), done)
  }

  async #step<Result>(name: string, run: () => Result): Promise<Result> {
    await this.gate(`store.${name}`)
    const result = run()
    await this.gate(`store.${name} answers`)
    return result
  }
}
