import { type BulkStore, KEYS_AT_ONCE, SIDE_BY_SIDE } from './bulk/bulk-store.js'
import { chooseBulkStore } from './bulk/choose-bulk-store.js'
import { asks } from './callback-store.js'
import { chunks } from './chunks.js'

/** The app's own store with callbacks, as an engine acts on it behind the guard. */
export class UnguardedStore {
  #store: object | undefined
  #bulk: BulkStore | undefined

  /** Set once the app's session library is set up. */
  use(store: object): void {
    if (this.#store && this.#store !== store) {
      throw new TypeError(
        'us.session was called with another store before. Call forExpress (or the like) once for each store.',
      )
    }
    this.#store = store
    this.#bulk = chooseBulkStore(store)
  }

  /** As `SessionEngine.existing`. */
  async existing(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (!this.#bulk) throw new Error('The session middleware has not been set up yet.')
    return this.#bulk.existing(keys)
  }

  /** As `SessionEngine.destroy`. */
  async destroy(keys: readonly string[]): Promise<void> {
    const store = this.#store
    if (!store) return
    const bulk = this.#bulk
    const failures: unknown[] = []
    for (const chunk of chunks(keys, bulk?.destroy ? KEYS_AT_ONCE : SIDE_BY_SIDE)) {
      const each = bulk?.destroy ? [bulk.destroy(chunk)] : chunk.map((key) => asks(store, 'destroy', key))
      for (const one of await Promise.allSettled(each)) if (one.status === 'rejected') failures.push(one.reason)
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${keys.length} not destroyed`)
  }
}
