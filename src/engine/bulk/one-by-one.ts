import { asks } from '../callback-store.js'
import { askEach } from './ask-each.js'
import { type BulkStore, SIDE_BY_SIDE } from './bulk-store.js'

/** Any other store: by its `get`. Never by `ids` or `all`, which in a database read everything. */
export function oneByOne(store: object): BulkStore {
  const has = async (key: string) => Boolean(await asks<unknown>(store, 'get', key))
  return { existing: (keys) => askEach(keys, SIDE_BY_SIDE, has) }
}
