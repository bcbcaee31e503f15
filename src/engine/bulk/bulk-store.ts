/** How to ask one kind of store about many keys at once. */
export interface BulkStore {
  /** Throws when the store does not say: what is unknown is never gone. */
  existing(keys: readonly string[]): Promise<ReadonlySet<string>>
  /** Takes up to {@link KEYS_AT_ONCE}. Undefined where the store destroys one by one only. */
  destroy?(keys: readonly string[]): Promise<void>
}

/** Keys in one statement or round trip: every database in use takes this many placeholders. */
export const KEYS_AT_ONCE = 1000
/** Calls of a store that run at the same time, where it takes one key each. */
export const SIDE_BY_SIDE = 16
