import { MemoryStore } from 'express-session'
import type { StoreStand } from './store-contract.js'
import { Traffic } from './traffic.js'

/** A "server" whose answers take a turn of the event loop. */
class Backend {
  constructor(private readonly store: MemoryStore) {}
  isAway = false

  async existing(keys: readonly string[]): Promise<string[]> {
    if (this.isAway) throw new Error('the server is away')
    const has = (key: string) => new Promise<boolean>((resolve) => this.store.get(key, (_, data) => resolve(!!data)))
    const held = await Promise.all(keys.map(async (key) => ((await has(key)) ? [key] : [])))
    return held.flat()
  }

  async destroyMany(keys: readonly string[]): Promise<void> {
    if (this.isAway) throw new Error('the server is away')
    for (const key of keys) this.store.destroy(key)
  }
}

/** As docs/session-stores.md asks of an app's own store. */
class OwnStore extends MemoryStore {
  readonly backend = new Backend(this)
  readonly traffic = new Traffic()

  existing(keys: readonly string[]): Promise<string[]> {
    return this.traffic.through(this.backend).existing(keys)
  }

  destroyMany(keys: readonly string[]): Promise<void> {
    return this.traffic.through(this.backend).destroyMany(keys)
  }
}

export async function openOwnBulk(): Promise<StoreStand> {
  const store = new OwnStore()
  const shut = () => {
    store.backend.isAway = true
  }
  return { store, traffic: store.traffic, shut, [Symbol.asyncDispose]: async () => {} }
}
