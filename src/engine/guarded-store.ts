import type { Claim, StoreRules } from './engine.js'

/** A session library's store with its callbacks turned into promises. */
export interface InnerStore<Data> {
  get(key: string): Promise<Data | undefined>
  set(key: string, data: Data): Promise<void>
  touch(key: string, data: Data): Promise<void>
  destroy(key: string): Promise<void>
}

/** How to read and mark one library's session data. */
export interface DataAccess<Data> {
  claim(data: Data): Claim
  /** Writes the marker into the data, or removes it. */
  mark(data: Data, marker: string | undefined): void
  /** The framework's request that the data hangs on, where the library lets it be seen. */
  request(data: Data): object | undefined
}

/**
 * Stands before a session store, so that an ended session neither loads nor comes back: every load is judged, every
 * save is judged before it is made and again after it, and a destroy is an end. What is decided lies in the rules.
 */
export class GuardedStore<Data> implements InnerStore<Data> {
  constructor(
    private readonly inner: InnerStore<Data>,
    private readonly access: DataAccess<Data>,
    private readonly rules: StoreRules,
  ) {}

  get(key: string): Promise<Data | undefined> {
    return this.inner.get(key).then((data) => {
      const good = this.rules.loaded(key, data === undefined ? undefined : this.access.claim(data))
      if (good === true || data === undefined) return data
      return this.#unlessEnded(key, data, good)
    })
  }

  async #unlessEnded(key: string, data: Data, good: boolean | Promise<boolean>): Promise<Data | undefined> {
    if (await good) return data
    await this.inner.destroy(key)
    return undefined
  }

  async set(key: string, data: Data): Promise<void> {
    const previous = () => this.#stored(key)
    const claim = this.access.claim(data)
    const ruling = await this.rules.saving(key, claim, previous, this.access.request(data))
    if (!ruling.store) {
      if (ruling.destroy) await this.inner.destroy(key)
      return
    }
    this.access.mark(data, ruling.marker)
    await this.inner.set(key, data)
    // It may have been ended between the ruling and the save: then its end destroyed nothing, and this must.
    if (!this.rules.saved(key, claim)) await this.inner.destroy(key)
  }

  async touch(key: string, data: Data): Promise<void> {
    const claim = this.access.claim(data)
    if (!(await this.rules.touching(key, claim))) return this.inner.destroy(key)
    await this.inner.touch(key, data)
    if (!this.rules.saved(key, claim)) await this.inner.destroy(key)
  }

  async destroy(key: string): Promise<void> {
    await this.rules.destroying(key, () => this.#stored(key))
    await this.inner.destroy(key)
  }

  async #stored(key: string): Promise<Claim | undefined> {
    const data = await this.inner.get(key)
    return data === undefined ? undefined : this.access.claim(data)
  }
}
